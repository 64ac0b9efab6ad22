"""What the report is made from: the study, its products that are current, its years, names and colours."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import geopandas
import pandas as pd

from shanshui.base.grid import crs_of
from shanshui.base.vocabulary import Quantity
from shanshui.base.zones import OUTSIDE, Zoning
from shanshui.data.legends import ecosystem_scheme
from shanshui.report.words import Words, sentence
from shanshui.study.drawn_products import current_draws
from shanshui.study.plan import Given, Made, Missing
from shanshui.study.reading import read_product
from shanshui.study.study import Study

# What the land tables call the cells without data.
NO_DATA = "no data"
# Chapters in their order, each named by the module of its steps; and the chapter of what a study's own steps give.
CHAPTERS = (
    "land", "vegetation", "population", "economy", "summary",
    "terrain", "climate", "water", "flood", "soil", "sand", "habitat", "species", "carbon", "climate_regulation",
    "coast", "provisioning", "recreation", "tradeoffs",
    "water_erosion", "wind_erosion", "rocky_desertification", "salinisation", "coastal_erosion", "degradation",
    "importance", "red_line", "protected_areas", "adjustment", "parcels", "access_lists",
)  # fmt: skip
# Folders whose files hold parts of few subjects: the subject of each file, and that of the others.
FOLDERS = {
    "shanshui.chapters.pattern": (
        dict.fromkeys(("importance", "index_importance", "biodiversity", "coast", "integration"), "importance"),
        "red_line",
    ),
    "shanshui.chapters.pattern.protected_areas": ({}, "protected_areas"),
    "shanshui.chapters.pattern.adjustment": ({}, "adjustment"),
    "shanshui.chapters.zoning": ({}, "parcels"),
    "shanshui.chapters.zoning.access_lists": ({}, "access_lists"),
}
# What comes first in its chapter.
FIRST = (
    "ecological_importance", "service_importance", "fragility_class",
    "red_line", "red_line_cells", "red_line_ground", "red_line_certificate", "red_line_conflicts", "red_line_ledger",
    "red_line_protection", "red_line_price_curve", "red_line_confidence",
    "protected_area_faces", "protected_area_plan", "protected_area_gaps", "protected_area_ledger",
    "red_line_adjustment", "red_line_adjustment_ledger", "red_line_edits", "red_line_next",
    "parcel_outcomes", "parcel_decisions", "net_zero_balance",
)  # fmt: skip
# Files that hold a part of another one's subject: what it is made of.
PARTS = {
    "evapotranspiration": "water",
    "rainfall_erosivity": "soil",
    "slope_length_steepness": "soil",
    "cover_management": "soil",
    "wind_weather": "sand",
    "desertification": "wind_erosion",
    "gauges": "water",
    "npp_index": "habitat",
    "productivity": "carbon",
    "ecosystem_carbon": "carbon",
    "blue_carbon": "carbon",
    "wave_exposure": "coast",
    "visits": "recreation",
    "wetland_degradation": "degradation",
}
OWN = "own"


def lines(frame: pd.DataFrame) -> list[Any]:
    """Give the rows of a table, each with its columns as attributes."""
    return list(frame.itertuples())


class Material:
    """A study, seen by the report.

    Parameters
    ----------
    study : Study
        The study.
    words : Words
        The words in the report's language.
    """

    def __init__(self, study: Study, words: Words) -> None:
        self.study = study
        self.words = words
        self.before: int | None = study.scalars["baseline_year"]
        self.after: int | None = study.scalars["current_year"]
        self._read: dict[str, Any] = {}

    @cached_property
    def standing(self) -> list[Quantity]:
        """The products that stand in the output and are current, in the order of the vocabulary."""
        vocabulary, study = self.study.catalogue.vocabulary, self.study
        kept = [
            quantity.name
            for quantity in vocabulary.values()
            if quantity.shape in ("cell", "table", "vector") and not quantity.family
        ]
        had = [name for name in kept if study.output.receipt(name) and not isinstance(study.resolver[name], Missing)]
        stale = set(study.stale(had))
        return [vocabulary[name] for name in had if name not in stale]

    @property
    def tables(self) -> list[Quantity]:
        """The tables that stand, and the vectors, which have one of attributes."""
        return [quantity for quantity in self.standing if quantity.shape != "cell"]

    def receipt(self, name: str) -> dict[str, Any]:
        """Give the receipt of a product that stands."""
        return self.study.output.receipt(name) or {}

    @cached_property
    def drawn(self) -> dict[str, dict[str, Any]]:
        """The receipts of the draws of the products that stand, where they are of the products as they stand."""
        found = {quantity.name: current_draws(self.study, quantity.name) for quantity in self.standing}
        return {name: receipt for name, receipt in found.items() if receipt is not None}

    def chapter_of(self, quantity: Quantity) -> str:
        """Name the chapter of a product: the module of the step that gives it.

        A file of a chapter may have others beside it: ``land_findings`` belongs to ``land``, and what is found of the
        whole status to the summary.
        """
        # A class table may give any coefficient: it tells nothing of the subject.
        steps = [step for step in self.study.catalogue.methods(quantity.name) if step.member != quantity.name]
        folder, _, file = steps[0].function.__module__.rpartition(".") if steps else ("", "", "")
        if folder in FOLDERS:
            known, others = FOLDERS[folder]
            return known.get(file, others)
        about = self.study.catalogue.vocabulary.get(steps[0].member or "") if steps else None
        if about is not None and self.study.catalogue.methods(about.name):
            # What is derived of a quantity stands with it.
            return self.chapter_of(about)
        module = steps[0].function.__module__ if steps else ""
        if not module.startswith("shanshui.chapters."):
            return OWN
        stem = module.rpartition(".")[2].replace("status_", "summary_")
        if stem in CHAPTERS or stem in PARTS:
            return PARTS.get(stem, stem)
        return next((name for name in CHAPTERS if stem.startswith(f"{name}_")), stem)

    def frame(self, name: str) -> pd.DataFrame | None:
        """Give a table (or a vector's attributes) that stands; None where it does not."""
        if name not in self._read:
            standing = any(quantity.name == name for quantity in self.standing)
            found = read_product(self.study, name) if standing else None
            if found is not None and "geometry" in found:
                found = pd.DataFrame(found.drop(columns=found.geometry.name))
            self._read[name] = found
        return self._read[name]

    @cached_property
    def red_line(self) -> geopandas.GeoDataFrame | None:
        """The patches of the red line in the CRS of the grid; None where they do not stand."""
        return self.shapes("red_line")

    def shapes(self, name: str) -> geopandas.GeoDataFrame | None:
        """Give the features of a product in the CRS of the grid; None where they do not stand."""
        grid = self.study.inputs.grid
        if grid is None or not any(quantity.name == name for quantity in self.standing):
            return None
        found: geopandas.GeoDataFrame = read_product(self.study, name)
        return found.to_crs(crs_of(grid.geobox))

    def title(self, quantity: Quantity) -> str:
        """Name a quantity in the report's language."""
        return quantity.chinese if self.words.language == "zh" else sentence(quantity.english)

    def meaning(self, quantity: Quantity) -> str:
        """Say what a quantity is; where the vocabulary has no Chinese, nothing."""
        return quantity.meaning_zh if self.words.language == "zh" else quantity.meaning

    def named(self, name: str) -> str:
        """Name a quantity of the vocabulary, or what a row of a long table measures, in the report's language."""
        vocabulary = self.study.catalogue.vocabulary
        return self.title(vocabulary[name]) if name in vocabulary else sentence(self.words.value(name))

    @property
    def zonings(self) -> list[Zoning]:
        """The study's zonings, the region first."""
        return list(self.study.inputs.zonings)

    # Names and colours

    @cached_property
    def ecosystems(self) -> pd.DataFrame:
        """First-level ecosystems: code, ecosystem, ecosystem_zh, colour."""
        groups = ecosystem_scheme().drop_duplicates("level1")
        return groups[["level1", "ecosystem", "ecosystem_zh", "colour"]].reset_index(drop=True)

    @cached_property
    def colours(self) -> dict[str, str]:
        """Colour of each first-level ecosystem, by its English name."""
        return dict(zip(self.ecosystems["ecosystem"], self.ecosystems["colour"], strict=True))

    def legend(self, name: str) -> pd.DataFrame | None:
        """Give the legend of a class raster; None where there is none that needs no inputs."""
        word = f"{name}_legend"
        if word not in self.study.catalogue.vocabulary:
            return None
        found = self.study.resolver[word]
        if isinstance(found, Given):
            return pd.DataFrame(self.study.inputs.sources[word].frame)
        if isinstance(found, Made) and found.step.takes_nothing:
            return pd.DataFrame(found.step.function())
        return None

    @cached_property
    def _chinese(self) -> dict[str, dict[str, str]]:
        """Chinese names of classes, by scheme and English name."""
        scheme, groups = ecosystem_scheme(), self.ecosystems
        legend = self.legend("land_cover")
        return {
            "ecosystem": dict(zip(groups["ecosystem"], groups["ecosystem_zh"], strict=True)),
            "ecosystem_type": dict(zip(scheme["name"], scheme["name_zh"], strict=True)),
            "land_cover": {} if legend is None else dict(zip(legend["name"], legend["name_zh"], strict=True)),
        }

    def class_name(self, name: str, scheme: str = "ecosystem") -> str:
        """Name a class in the report's language; its scheme is one of ecosystems, or a raster of classes."""
        if name == NO_DATA:
            return sentence(self.words("no_data"))
        if self.words.language == "zh":
            if scheme not in self._chinese:
                legend = self.legend(scheme)
                if legend is None or "name_zh" not in legend:
                    self._chinese[scheme] = {}
                else:
                    self._chinese[scheme] = dict(zip(legend["name"], legend["name_zh"], strict=True))
            return self._chinese[scheme].get(name) or self.words.value(name)
        return sentence(name)

    def zone_name(self, name: str) -> str:
        """Name a zone; the part that no zone covers has a word in each language."""
        return sentence(self.words("outside")) if name == OUTSIDE else name
