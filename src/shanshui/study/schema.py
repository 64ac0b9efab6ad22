"""What study.toml may say."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from shanshui.base.errors import Problem, StudyError, did_you_mean

Resampling = Literal["nearest", "mode", "bilinear", "average", "sum"]
NAME = re.compile(r"[a-z][a-z0-9_]*")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StudySection(_Section):
    """What the study is called, and the language of its report."""

    name: str
    language: Literal["en", "zh"] = "en"


class RegionSection(_Section):
    """The polygon to which everything is clipped."""

    boundary: str | None = None
    layer: str | None = None


class GridSection(_Section):
    """The grid: a layer's own, or a projected CRS with a resolution."""

    like: str | None = None
    crs: str | None = None
    resolution: float | None = Field(default=None, gt=0)
    tile: int = Field(default=1024, ge=16)

    @model_validator(mode="after")
    def _one_of_two(self) -> GridSection:
        if (self.like is None) == (self.crs is None and self.resolution is None):
            raise ValueError("give either like, or crs with resolution")
        if self.like is None and (self.crs is None or self.resolution is None):
            raise ValueError("crs and resolution go together")
        return self


class LayerSection(_Section):
    """A raster or a vector file, or one a year; or one number for every cell."""

    path: str = ""
    value: float | None = None
    items: list[str] | None = None
    item_column: str | None = None
    column: str | None = None
    columns: dict[str, str] = {}
    also: list[LayerSection] = []
    layer: str | None = None
    where: str | None = None
    band: int = Field(default=1, ge=1)
    unit: str | None = None
    scale: float | None = None
    offset: float | None = None
    nodata: float | list[float] | None = None
    years: list[int] | None = None
    legend: str | None = None
    resampling: Resampling | None = None
    source: str | None = None
    licence: str | None = None
    citation: str | None = None

    @model_validator(mode="after")
    def _path_or_value(self) -> LayerSection:
        if (self.path == "") == (self.value is None):
            raise ValueError("give either path, or value (one number for every cell)")
        words = ("years", "legend", "items", "item_column", "column", "columns", "also", "layer", "where")
        if self.value is not None and (any(getattr(self, word) for word in words) or self.nodata is not None):
            raise ValueError("a value goes only with unit, source, licence and citation")
        return self

    @property
    def nodata_values(self) -> tuple[float, ...]:
        """The values that mean no data, beside those the files declare."""
        if self.nodata is None:
            return ()
        return tuple(self.nodata) if isinstance(self.nodata, list) else (self.nodata,)


class ZoneSection(_Section):
    """Polygons, a raster of zone codes, or a table with or without polygons; and what their attributes are called."""

    path: str
    key: str | None = None
    layer: str | None = None
    sheet: str | None = None
    header_row: int = Field(default=1, ge=1)
    geometry: str | None = None
    crs: str = "EPSG:4326"
    leaves: bool = False
    levels: list[str] = []
    where: str | None = None
    encoding: str | None = None
    columns: dict[Literal["name", "function", "level", "service", "belt", "parent", "area_km2"], str] = {}
    source: str | None = None
    licence: str | None = None
    citation: str | None = None


class TableSection(_Section):
    """A table or a part of one, with our names for its columns."""

    path: str
    sheet: str | None = None
    layer: str | None = None
    header_row: int = Field(default=1, ge=1)
    columns: dict[str, str] = {}
    year: int | None = None
    zoning: str | None = None
    unit: str | None = None
    units: dict[str, str] = {}
    leaves: bool = False
    levels: list[str] = []
    correspondence: str | None = None
    drop_unmatched: bool = False
    source: str | None = None
    licence: str | None = None
    citation: str | None = None


class YearsSection(_Section):
    """Which years are compared, and which year of a layer stands for which year of the study."""

    baseline: int | None = None
    current: int | None = None
    map: dict[str, dict[int, int]] = {}

    @model_validator(mode="after")
    def _in_order(self) -> YearsSection:
        if self.baseline is not None and self.current is not None and self.baseline > self.current:
            raise ValueError(f"baseline {self.baseline} lies after current {self.current}: exchange them")
        return self


class DrawsSection(_Section):
    """How the draws of uncertain numbers are made, and what is kept of them beside mean and standard deviation."""

    seed: int = Field(default=1, ge=0)
    quantiles: list[float] = []

    @field_validator("quantiles")
    @classmethod
    def _percentages(cls, quantiles: list[float]) -> list[float]:
        if not all(0 < quantile < 100 and quantile == int(quantile) for quantile in quantiles):
            raise ValueError("give whole percentages, as [5, 95]")
        return sorted(set(quantiles))


class DeviationSection(_Section):
    """What one class of a table has of its own."""

    standard_deviation: float | None = None
    low: float | None = None
    high: float | None = None


class UncertaintySection(DeviationSection):
    """The distribution of an uncertain parameter, class table or layer."""

    distribution: Literal["normal", "triangular", "uniform"]
    relative: bool = False
    column: str | None = None
    classes: dict[str, DeviationSection] = {}
    source: str | None = None

    @model_validator(mode="after")
    def _numbers(self) -> UncertaintySection:
        for section in (self, *self.classes.values()):
            of_normal, of_ends = section.standard_deviation is not None, (section.low, section.high) != (None, None)
            if of_ends and (self.distribution == "normal" or None in (section.low, section.high)):
                raise ValueError("low and high go together, with triangular and uniform")
            if of_normal and self.distribution != "normal":
                raise ValueError("standard_deviation goes with normal")
        if not self.classes and self.standard_deviation is None and self.low is None:
            raise ValueError("give standard_deviation (normal), or low and high (triangular, uniform)")
        return self


class PolicySection(_Section):
    """Which policy pack gives the parameters, and the study's own values."""

    pack: str = "china"
    overrides: dict[str, Any] = {}


class ControlSection(_Section):
    """Polygons that rules ask about, what tells them apart, and what is known of them."""

    path: str
    key: str | None = None
    layer: str | None = None
    where: str | None = None
    encoding: str | None = None
    columns: dict[str, str] = {}
    scale: float = Field(default=10_000.0, gt=0)
    source: str | None = None
    licence: str | None = None
    citation: str | None = None


class DecisionsSection(_Section):
    """Which rule packs decide, ready ones by name and others by folder, and the control layers they ask about."""

    packs: list[str] | None = None
    layers: dict[str, ControlSection] = {}


class StudyFile(_Section):
    """The whole of study.toml, one scenario chosen."""

    study: StudySection
    region: RegionSection = RegionSection()
    grid: GridSection | None = None
    layers: dict[str, LayerSection] = {}
    zones: dict[str, ZoneSection] = {}
    tables: dict[str, list[TableSection]] = {}
    years: YearsSection = YearsSection()
    methods: dict[str, str] = {}
    policy: PolicySection = PolicySection()
    decisions: DecisionsSection | None = None
    uncertainty: dict[str, UncertaintySection] = {}
    draws: DrawsSection = DrawsSection()
    scenarios: dict[str, dict[str, Any]] = {}

    @field_validator("tables", mode="before")
    @classmethod
    def _lists_of_tables(cls, tables: Any) -> Any:
        if not isinstance(tables, dict):
            return tables
        return {name: section if isinstance(section, list) else [section] for name, section in tables.items()}


def table_keys(name: str, sections: Sequence[Any]) -> list[str]:
    """Give the key of each section of a table, for problems.

    Parameters
    ----------
    name : str
        The table.
    sections : sequence
        Its sections.

    Returns
    -------
    list of str
        One a section.

    Examples
    --------
    >>> table_keys("population", ["only"]), table_keys("population", ["first", "second"])
    (['tables.population'], ['tables.population.1', 'tables.population.2'])
    """
    key = f"tables.{name}"
    return [key] if len(sections) == 1 else [f"{key}.{number}" for number in range(1, len(sections) + 1)]


def read_study_file(path: Path, scenario: str | None = None) -> StudyFile:
    """Read study.toml, with a scenario's changes laid over it.

    Parameters
    ----------
    path : Path
        The file.
    scenario : str, optional
        A name under [scenarios].

    Returns
    -------
    StudyFile

    Raises
    ------
    StudyError
        Naming every key that is unknown, missing or of the wrong kind, all at once.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise StudyError(
            Problem(str(path), reason, "give the folder of a study; 'shanshui new DIR' makes one")
        ) from None
    except UnicodeDecodeError:
        raise StudyError(Problem(path.name, "is not UTF-8 text", "save it as UTF-8")) from None
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StudyError(Problem(path.name, f"is not valid TOML: {error}", "mend that line")) from None
    scenarios = content.get("scenarios", {})
    if scenario is not None and (not isinstance(scenarios, dict) or scenario not in scenarios):
        raise StudyError(Problem(f"scenarios.{scenario}", "is not in the study", did_you_mean(scenario, scenarios)))
    file, problems = _validated(content)
    if isinstance(scenarios, dict):
        for name, changes in scenarios.items():
            if not isinstance(changes, dict):
                continue  # pydantic has named it
            laid, faults = _validated(_laid_over(content, changes))
            known = {(problem.key, problem.fault) for problem in problems}
            problems += [
                replace(fault, key=f"scenarios.{name}.{fault.key}")
                for fault in faults
                if (fault.key, fault.fault) not in known
            ]
            file = laid if name == scenario else file
    if problems or file is None:
        raise StudyError(problems)
    return file


def located(text: str, folder: Path) -> Path:
    """Turn a path of study.toml into a path on this machine.

    Parameters
    ----------
    text : str
        Relative to the study's folder; ``${NAME}`` and ``${NAME:-default}`` are taken from the environment.
    folder : Path
        The study's folder.

    Returns
    -------
    Path

    Examples
    --------
    >>> located("${SURELY_UNSET:-../shared}/a.tif", Path("study")).as_posix()
    'study/../shared/a.tif'
    """

    def from_environment(match: re.Match[str]) -> str:
        return os.environ.get(match[1]) or match[2] or match[0]

    return folder / re.sub(r"\$\{(\w+)(?::-([^}]*))?\}", from_environment, text)


# What only a layer of files has.
_OF_FILES = (
    "path", "items", "item_column", "column", "columns", "also", "layer", "where", "years", "band", "scale", "offset",
    "nodata", "legend", "resampling",
)  # fmt: skip


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    # A grid is given in one of two ways; the scenario's way replaces the study's.
    if {"crs", "resolution"} & set(above):
        merged.pop("like", None)
    elif "like" in above:
        merged = {key: value for key, value in merged.items() if key not in ("crs", "resolution")}
    # So is a layer: as files, or as one number.
    if "value" in above:
        merged = {key: value for key, value in merged.items() if key not in _OF_FILES}
    elif "path" in above:
        merged.pop("value", None)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _laid_over(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _validated(content: Mapping[str, Any]) -> tuple[StudyFile | None, list[Problem]]:
    file, problems = None, _bad_names(content)
    try:
        file = StudyFile.model_validate(content)
    except ValidationError as error:
        # Of a value that may be one of two kinds, pydantic tells one fault each.
        faults = [_problem(fault, content) for fault in reversed(error.errors())]
        problems += {fault.key: fault for fault in faults}.values()
    return file, problems


def _bad_names(content: Mapping[str, Any]) -> list[Problem]:
    """Names become file names and Python names, and words of conditions."""
    decisions = content.get("decisions")
    named = {section: content.get(section) for section in ("layers", "zones", "tables", "scenarios")}
    named["decisions.layers"] = decisions.get("layers") if isinstance(decisions, dict) else None
    return [
        Problem(f"{section}.{name}", "is no good name", "use lower-case letters, digits and underscores")
        for section, names in named.items()
        if isinstance(names, dict)
        for name in names
        if not NAME.fullmatch(name)
    ]


def _problem(fault: Any, content: Mapping[str, Any]) -> Problem:
    """Say one fault that pydantic found."""
    loc = list(fault["loc"])
    if loc[0] == "tables" and len(loc) > 2:
        # Every table is a list of sections inside; its owner counts from one, and writes no list for one.
        given = content["tables"][loc[1]]
        loc[2:3] = [loc[2] + 1] if isinstance(given, list) and len(given) > 1 else []
    if loc[0] == "layers":
        loc = [part + 1 if isinstance(part, int) and loc[at - 1] == "also" else part for at, part in enumerate(loc)]
    place = [str(part) for part in loc if part not in ("float", "list[float]", "[key]")]
    key = ".".join(place)
    if fault["type"] == "extra_forbidden":
        return Problem(key, "is not a known key", did_you_mean(place[-1], _known_keys(place[:-1])))
    if fault["type"] == "literal_error" and place[-2:-1] == ["columns"]:
        return Problem(key, "is not a known attribute of zones", did_you_mean(place[-1], _ATTRIBUTES))
    if fault["type"] == "missing":
        return Problem(key, "is missing", "write it")
    message = fault["msg"].removeprefix("Value error, ")
    given = fault["input"]
    shown = f" (it is {given!r})" if isinstance(given, str | int | float | bool) else ""
    return Problem(key, f"cannot stand so{shown}", message[0].lower() + message[1:])


_ATTRIBUTES = ("name", "function", "level", "service", "belt", "parent", "area_km2")


def _known_keys(place: list[str]) -> list[str]:
    sections: dict[str, type[_Section]] = {
        "study": StudySection, "region": RegionSection, "grid": GridSection, "layers": LayerSection,
        "zones": ZoneSection, "tables": TableSection, "years": YearsSection, "policy": PolicySection,
        "uncertainty": UncertaintySection, "draws": DrawsSection, "decisions": DecisionsSection,
    }  # fmt: skip
    section = sections.get(place[0]) if place else StudyFile
    if place[:2] == ["decisions", "layers"]:
        section = ControlSection
    return list(section.model_fields) if section else []
