"""What the page says in sentences of protected areas: nothing of what does not happen."""

import pandas as pd
import pytest

from shanshui.report.material import Material
from shanshui.report.protected_areas import protected_area_findings
from shanshui.report.words import Words
from shanshui.study.study import Study


class Ledger(Material):
    """A study of which only the ledger of protected areas stands."""

    amounts: dict[str, float]

    def frame(self, name: str) -> pd.DataFrame | None:
        if name != "protected_area_ledger":
            return None
        row = {"registered_ha": 300.0, "counted_twice_ha": 100.0, "before_ha": 200.0, "after_ha": 200.0}
        none = dict.fromkeys(("adjusted_out_ha", "supplement_ha", "withdraw_ha", "manage_ha"), 0.0)
        return pd.DataFrame([{"by": "total", "areas_before": 3, "areas_after": 2, **row, **none, **self.amounts}])


@pytest.mark.parametrize(
    ("amounts", "english", "chinese"),
    [
        ({}, [], []),
        (
            {"adjusted_out_ha": 150.0, "supplement_ha": 120.0},
            ["1.50 km² are adjusted out, 1.20 km² of unprotected valuable land make that good."],
            ["调出1.50平方千米，补划1.20平方千米。"],
        ),
        (
            {"adjusted_out_ha": 150.0},
            ["1.50 km² are adjusted out, 0.00 km² of unprotected valuable land make that good."],
            ["调出1.50平方千米，补划0.00平方千米。"],
        ),
        (
            {"withdraw_ha": 250.0, "manage_ha": 2000.0},
            ["Uses withdraw step by step from 2.50 km².", "Uses stay under management on 20.0 km²."],
            ["2.50平方千米上的用途逐步退出。", "20.0平方千米上的用途保留并管控。"],
        ),
    ],
)
def test_only_what_happens_is_told(
    study: Study, amounts: dict[str, float], english: list[str], chinese: list[str]
) -> None:
    for language, told in (("en", english), ("zh", chinese)):
        material = Ledger(study, Words(language))
        material.amounts = amounts
        # The first sentence says what is registered.
        assert protected_area_findings(material)[1:] == told


def test_zones_are_told_where_there_are_any(study: Study) -> None:
    class Planned(Ledger):
        zones: tuple[str, ...]

        def frame(self, name: str) -> pd.DataFrame | None:
            if name == "protected_area_plan":
                return pd.DataFrame({"zone": self.zones, "area_ha": [100.0, 300.0, 20.0]})
            return super().frame(name)

    material = Planned(study, Words("en"))
    material.amounts, material.zones = {}, ("core", "general", "core")
    assert protected_area_findings(material)[1:] == [
        "After integration 2 areas hold 2.00 km².",
        "Their zones, in km²: general control zone 3.00, core protection zone 1.20.",
    ]
    material.zones = ("", "", "")
    assert protected_area_findings(material)[1:] == ["After integration 2 areas hold 2.00 km²."]
