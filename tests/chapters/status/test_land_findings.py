import re

import pandas as pd
import pytest

from shanshui.base.zones import OUTSIDE, REGION
from shanshui.chapters.status.land_findings import land_findings


def shares_table(shares):
    """Rows from {(zoning, zone): (share in 1990, share in 2010)}."""
    rows = [
        {"zoning": zoning, "zone": zone, "zone_name": f"{zone} county", "year": year, "share_percent": share}
        for (zoning, zone), values in shares.items()
        for year, share in zip((1990, 2010), values, strict=True)
    ]
    return pd.DataFrame(rows).assign(ecological_ha=0.0, land_ha=0.0)


def changes_table(changes):
    """Rows of the region from {ecosystem: (change in ha, in percent)}."""
    rows = [
        {"class_name": name, "class_code": str(code), "change_ha": change, "change_percent": percent}
        for code, (name, (change, percent)) in enumerate(changes.items(), start=1)
    ]
    region = {"zoning": REGION, "zone": REGION, "zone_name": "Whole", "keyed_by": "ecosystem"}
    return pd.DataFrame(rows).assign(**region, year_from=1990, year_to=2010)


CHANGES = {"forest": (-1234.4, -12.34), "cropland": (200.0, 3.0), "built": (1034.4, float("nan"))}
SHARES = {
    (REGION, REGION): (61.24, 58.03),
    ("counties", "A"): (50.0, 48.76),
    ("counties", "B"): (40.0, 39.5),
    ("counties", "C"): (30.0, 31.0),
    ("counties", OUTSIDE): (90.0, 10.0),
}


@pytest.fixture
def found():
    def made(changes=CHANGES, shares=SHARES, years=(1990, 2010)):
        frame = land_findings(
            changes_table(changes), shares_table(shares), baseline_year=years[0], current_year=years[1]
        )
        return frame["english"].tolist(), frame["chinese"].tolist()

    return made


def test_sentences_say_the_numbers_of_the_tables(found):
    english, chinese = found()
    assert english == [
        "Ecological land fell from 61.2 % of the land in 1990 to 58.0 % in 2010, by 3.2 points.",
        "Built gained most: 1,034 ha between 1990 and 2010.",
        "Forest lost most: 1,234 ha (-12.3 %) between 1990 and 2010.",
        "In 2 of the 3 zones of 'counties' the share of ecological land fell, furthest in A county (-1.2 points).",
    ]
    assert len(chinese) == 4
    for sentence, zh in zip(english, chinese, strict=True):
        numbers = re.findall(r"\d[\d,.]*\d|\d", sentence)
        assert sorted(numbers) == sorted(re.findall(r"\d[\d,.]*\d|\d", zh))
    assert "建设用地" in chinese[1]
    assert "森林" in chinese[2]


def test_a_share_that_rises_and_one_that_stays_are_said_so(found):
    english, chinese = found(shares={(REGION, REGION): (10.0, 12.5)})
    assert english[0].startswith("Ecological land rose from 10.0 %")
    assert "上升" in chinese[0]
    english, chinese = found(shares={(REGION, REGION): (10.0, 10.04)})
    assert english[0] == "Ecological land kept its share of 10.0 % from 1990 to 2010."
    assert "保持" in chinese[0]


def test_where_nothing_changed_nothing_is_said_to_have_gained_or_lost(found):
    english, _ = found(changes={"forest": (0.0, 0.0), "built": (0.3, 0.0)})
    assert not any("gained" in sentence or "lost most" in sentence for sentence in english)


def test_where_every_class_grew_none_is_said_to_have_lost(found):
    english, _ = found(changes={"forest": (5.0, 1.0), "built": (9.0, 1.0)})
    assert [sentence for sentence in english if " most" in sentence] == [
        "Built gained most: 9 ha (+1.0 %) between 1990 and 2010."
    ]


def test_zones_that_did_not_lose_are_said_to_have_kept(found):
    english, _ = found(
        shares={(REGION, REGION): (10.0, 9.0), ("counties", "A"): (5.0, 4.99), ("counties", "B"): (1, 2)}
    )
    assert english[-1] == "None of the 2 zones of 'counties' lost share of ecological land."


def test_years_that_the_tables_do_not_have_give_no_sentence(found):
    assert found(years=(1995, 2010)) == ([], [])


def test_the_findings_of_a_map_are_those_of_its_tables(two_years):
    english, chinese = (
        land_findings(two_years.change, two_years.share, baseline_year=1990, current_year=2010).T.to_numpy().tolist()
    )
    # Of 58 ha of land with data 11 were ecological, of 60 ha (7 without data, 11 of sea) 21.
    assert english[0] == "Ecological land rose from 19.0 % of the land in 1990 to 35.0 % in 2010, by 16.0 points."
    assert english[1] == "Built gained most: 17 ha (+170.0 %) between 1990 and 2010."
    assert english[2] == "Cropland lost most: 18 ha (-60.0 %) between 1990 and 2010."
    assert len(english) == len(chinese) == 4
