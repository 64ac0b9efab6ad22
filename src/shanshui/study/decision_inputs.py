"""What decisions are made from: the rule packs and control layers of a study, read when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas

from shanshui.base.errors import Problems, StudyError
from shanshui.base.grid import crs_of
from shanshui.chapters.zoning.access_lists.rules import packs_of
from shanshui.data.files import Digests, digest_bytes
from shanshui.data.vectors import reprojected
from shanshui.policy.engine.books import read_rule_book
from shanshui.policy.engine.checks import check_book
from shanshui.policy.ground.control_layers import ControlLayers
from shanshui.policy.language.terms import RULE_PACKS, Terms, read_terms
from shanshui.policy.rules.packs import RuleBook, ready_packs
from shanshui.study.code_key import code_key
from shanshui.study.control_layers import check_columns, layers_of_zones, plane_around, read_control_layer
from shanshui.study.inputs import AskedSource, Inputs, TableSource, file_facts
from shanshui.study.schema import StudyFile, located
from shanshui.study.zonings import read_boundary

# What a step may take, in a study that has [decisions].
CONTROL_LAYERS, RULE_BOOK = "control_layers", "rule_book"
_SECTION = "decisions.layers"


@dataclass
class DecisionInputs:
    """The rule packs and control layers of a study.

    Parameters
    ----------
    file : StudyFile
        What study.toml says.
    folder : Path
        The study's folder.
    digests : Digests
        Fingerprints of files.
    inputs : Inputs
        What else the study brings: its grid, its zones and access lists.
    notes : Problems
        Takes what was mended or left out, when it is read.
    """

    file: StudyFile
    folder: Path
    digests: Digests
    inputs: Inputs
    notes: Problems = field(default_factory=Problems)

    @cached_property
    def book(self) -> RuleBook:
        """The rules: the study's packs, all ready ones by default, and those of its access lists."""
        book = self._own_book
        lists = self._table("access_lists")
        if lists is None:
            return book
        return book.with_packs(packs_of(lists.frame, self.inputs.sources["zones"].frame, book.terms))

    @cached_property
    def _own_book(self) -> RuleBook:
        return read_rule_book(self.file.decisions.packs if self.file.decisions else None, self.folder)

    @cached_property
    def layers(self) -> ControlLayers:
        """The control layers in one plane: the study's, and its zonings under their names."""
        read, problems = self._opened
        if read is None:
            raise StudyError(problem for problem in problems if problem.severity == "error")
        self.notes.extend(problems)
        return read

    @property
    def sources(self) -> dict[str, AskedSource]:
        """What steps may take of it; nothing in a study without decisions."""
        if self.file.decisions is None:
            return {}
        return {
            CONTROL_LAYERS: AskedSource(lambda: self.layers, self._layers_key, self._layer_files),
            RULE_BOOK: AskedSource(lambda: self.book, self._book_key, self._book_files),
        }

    def missing_files(self) -> Problems:
        """Name the control layers whose file is not there."""
        problems = Problems()
        for name, section in self._sections:
            if not located(section.path, self.folder).exists():
                problems.fault(f"{_SECTION}.{name}.path", f"there is no file {section.path}", "correct the path")
        return problems

    def check(self) -> Problems:
        """Read everything, and look whether rules and control layers fit each other."""
        read, found = self._opened
        problems = Problems(found)
        try:
            book = self.book
        except StudyError as error:
            return Problems([*problems, *error.problems])
        # Where access lists contradict each other, or leave gaps, is told in a table of their own.
        problems += check_book(self._own_book)
        if read is not None:
            asked = {layer: set(columns) for layer, columns in book.layers.items()}
            for layer in sorted(asked.keys() - read.keys()):
                problems.note(f"{_SECTION}.{layer}", "is not given, and rules ask for it", "they stay unanswered")
            check_columns({name: read[name] for name, _ in self._sections if name in read}, asked, problems)
        return problems

    @property
    def _sections(self) -> Iterator[tuple[str, Any]]:
        yield from (self.file.decisions.layers if self.file.decisions else {}).items()

    @cached_property
    def _opened(self) -> tuple[ControlLayers | None, Problems]:
        problems = Problems()
        region = self._region
        if region is None:
            fault = "is not given, and the study has no grid"
            problems.fault("region.boundary", fault, "give one of the two: decisions ask where the region lies")
            return None, problems
        plane = plane_around(region)
        region = reprojected(region, plane)
        zones = self._table("zone_polygons")
        layers = {} if zones is None else layers_of_zones(zones.frame, region)
        named, terms = self._spellings()
        for name, section in self._sections:
            layer = read_control_layer(name, section, self.folder, region, named.get(name, {}), terms, problems)
            if layer is not None:
                layers[name] = layer
        if problems.fatal:
            return None, problems
        return ControlLayers(layers.values(), region.geometry.iloc[0], crs=plane), problems

    def _spellings(self) -> tuple[dict[str, dict[str, set[str]]], Terms]:
        """Give the values that rules name in the columns of control layers, and what values are called."""
        try:
            rules, terms = self.book.rules.values(), self.book.terms
        except StudyError:
            return {}, read_terms()  # what is wrong with the rules is told by itself
        named: dict[str, dict[str, set[str]]] = {}
        for rule in rules:
            for layer, where in rule.condition.grounds:
                for column, values in where:
                    named.setdefault(layer, {}).setdefault(column, set()).update(values)
        return named, terms

    @property
    def _region(self) -> geopandas.GeoDataFrame | None:
        boundary, _ = read_boundary(self.file.region, self.folder)
        grid = self.inputs.grid
        if boundary is not None or grid is None:
            return boundary
        return geopandas.GeoDataFrame(geometry=[grid.geobox.extent.geom], crs=crs_of(grid.geobox))

    def _table(self, name: str) -> TableSource | None:
        source = self.inputs.sources.get(name)
        return source if isinstance(source, TableSource) else None

    def _layers_key(self) -> str:
        # The key of the zones holds the boundary and where the grid lies.
        zones = self.inputs.sources["zones"].key
        # What packs call values is how polygons may have them.
        spelt = [self.digests[path] for place in self._pack_folders if (path := place / "layers.csv").is_file()]
        return digest_bytes(repr(self._layer_files()), zones, *spelt, code_key(__name__))

    def _layer_files(self) -> list[dict[str, Any]]:
        facts = []
        for name, section in self._sections:
            about = section.model_dump(exclude={"path"}, exclude_none=True)
            path = located(section.path, self.folder)
            facts += file_facts(f"{_SECTION}.{name}", section.path, path, self.digests, about)
        return facts

    @property
    def _packs(self) -> list[str]:
        section = self.file.decisions
        return ready_packs() if section is None or section.packs is None else section.packs

    @property
    def _pack_folders(self) -> list[Path]:
        """The folders of the packs, after that of the ready terms."""
        ready = ready_packs()
        return [RULE_PACKS, *(RULE_PACKS / name if name in ready else self.folder / name for name in self._packs)]

    def _book_key(self) -> str:
        files = [path for place in self._pack_folders for path in sorted(place.glob("*.*")) if path.is_file()]
        tables = [] if self._table("access_lists") is None else ["access_lists", "zones"]
        keys = [self.inputs.sources[name].key for name in tables]
        return digest_bytes(repr(self._packs), *(self.digests[path] for path in files), *keys, code_key(__name__))

    def _book_files(self) -> list[dict[str, Any]]:
        return [
            {"name": f"{RULE_BOOK}.{pack.name}", "value": f"{pack.name} of {pack.version}", "digest": pack.digest}
            for pack in self.book.values()
        ]
