"""A PostGIS server of our own, spoken to by psql, where its programs are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import shapely

from benchmarks.plain_decisions import Hits
from shanshui.policy.ground.control_layers import LEAST_AREA, ControlLayer

SERVERS = Path("/usr/lib/postgresql")
# The server does not run as root.
USER = "postgres" if os.geteuid() == 0 else None
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "1GB",
    "work_mem": "256MB",
    "maintenance_work_mem": "512MB",
    "fsync": "off",
    "jit": "off",
    # The time of one process is known.
    "max_parallel_workers_per_gather": "0",
}
DONE = "-- done --"
# Polygons of more vertices are divided, as its manual advises.
VERTICES = 128
OVERLAY = "sum(ST_Area(ST_Intersection(control.shape, parcels.shape)))"


class PostGIS:
    """One session; asks for what parcels overlap."""

    def __init__(self, psql: str, folder: str) -> None:
        command = [psql, "-qAtX", "-F,", "-v", "ON_ERROR_STOP=1", "-h", folder, "-d", "postgres"]
        self._psql = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, user=USER, cwd=folder
        )
        self._names: list[str] = []
        self._server = self._ask("SELECT pg_backend_pid();")[0]
        self._ask("CREATE EXTENSION postgis;")

    def cpu_seconds(self) -> float:
        """Give the CPU time that the server has spent on this session."""
        return int(Path(f"/proc/{self._server}/schedstat").read_text().split()[0]) / 1e9

    def load(self, layers: Sequence[ControlLayer]) -> None:
        """Load layers, divide large polygons, and index them."""
        self._names = [layer.name for layer in layers]
        self._ask("CREATE TABLE given (layer int, polygon int, shape geometry);")
        rows = ((f"{at}\t{row}", shape) for at, layer in enumerate(layers) for row, shape in enumerate(layer.polygons))
        self._copy("given", rows)
        self._ask(
            f"CREATE TABLE control AS SELECT layer, polygon, ST_Subdivide(shape, {VERTICES}) AS shape FROM given;",
            "DROP TABLE given;",
            "CREATE INDEX ON control USING gist (shape);",
            "VACUUM ANALYZE control;",
        )

    def load_parcels(self, parcels: Iterable[Any]) -> None:
        """Load parcels."""
        self._ask("CREATE TABLE parcels (parcel int, shape geometry);")
        self._copy("parcels", ((str(row), shape) for row, shape in enumerate(parcels)))
        self._ask("CREATE INDEX ON parcels USING gist (shape);", "VACUUM ANALYZE parcels;")

    def hits(self, parcel: Any) -> Hits:
        """Give what one parcel overlaps."""
        return self._hits(f"(SELECT 0 AS parcel, '{shapely.to_wkb(parcel, hex=True)}'::geometry AS shape) parcels")[0]

    def all_hits(self) -> dict[int, Hits]:
        """Give what the parcels that were loaded overlap."""
        return self._hits("parcels")

    def _hits(self, parcels: str) -> dict[int, Hits]:
        rows = self._ask(
            f"SELECT parcel, layer, polygon, {OVERLAY} FROM {parcels} JOIN control "
            "ON ST_Intersects(control.shape, parcels.shape) GROUP BY parcel, layer, polygon;"
        )
        found: dict[int, dict[str, list[tuple[int, float]]]] = {}
        for line in rows:
            parcel, layer, polygon, area = line.split(",")
            if float(area) >= LEAST_AREA:
                of_parcel = found.setdefault(int(parcel), {name: [] for name in self._names})
                of_parcel[self._names[int(layer)]].append((int(polygon), float(area)))
        return found

    def _ask(self, *lines: str) -> list[str]:
        """Send lines, and give what comes back."""
        self._send(*lines, f"\\echo {DONE}")
        assert self._psql.stdin is not None
        assert self._psql.stdout is not None
        self._psql.stdin.flush()
        found: list[str] = []
        for line in self._psql.stdout:
            if line.rstrip("\n") == DONE:
                return found
            found.append(line.rstrip("\n"))
        raise RuntimeError("psql has ended")

    def _copy(self, table: str, rows: Iterable[tuple[str, Any]]) -> None:
        self._send(f"COPY {table} FROM STDIN;")
        for before, shape in rows:
            self._send(f"{before}\t{shapely.to_wkb(shape, hex=True)}")
        self._ask("\\.")

    def _send(self, *lines: str) -> None:
        assert self._psql.stdin is not None
        self._psql.stdin.write("".join(f"{line}\n" for line in lines))

    def close(self) -> None:
        """End the session."""
        self._psql.communicate("\\q\n")


@contextmanager
def postgis() -> Iterator[PostGIS | str]:
    """Start a server for as long as it is needed; tell in words why there is none."""
    psql = shutil.which("psql")
    servers = sorted(path.parent for path in SERVERS.glob("*/bin/initdb") if (path.parent / "pg_ctl").exists())
    if psql is None or not servers:
        yield f"no PostGIS: {'psql is not on the PATH' if servers else f'no initdb under {SERVERS}'}"
        return
    extension = SERVERS.parents[1] / "share/postgresql" / servers[-1].parent.name / "extension/postgis.control"
    if not extension.exists():
        yield f"no PostGIS: {extension} is missing"
        return
    folder = tempfile.mkdtemp(prefix="shanshui-postgis-")
    try:
        if USER:
            shutil.chown(folder, USER, USER)

        def run(program: str, *options: str) -> None:
            command = [str(servers[-1] / program), "-D", f"{folder}/data", *options]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, user=USER, cwd=folder)

        run("initdb", "-A", "trust", "--locale=C", "-E", "UTF8")
        settings = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
        run("pg_ctl", "-w", "-l", f"{folder}/log", "-o", f"-k {folder} {settings}", "start")
        try:
            session = PostGIS(psql, folder)
            yield session
            session.close()
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
