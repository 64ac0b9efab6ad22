"""What is applied for on which planted ground, and what the decision table and the laws say to it, read by hand.

The rows R1 to R11 and the activities A1 to A10 and X1 are those of the red line's notice of 2022; D are other
development, M national major projects, T temporary land, C crossings, NZ net-zero-disturbance infrastructure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

ALLOWED, CONDITIONS, PROHIBITED, UNDETERMINED = "allowed", "allowed_with_conditions", "prohibited", "undetermined"

# What an applicant says of a modest plan. A case changes some of it; "" is what is not known.
MODEST: Mapping[str, str] = {
    "new_construction_land": "no",
    "construction": "no",
    "within_existing_built_land": "no",
    "expands_scale": "no",
    "damages_ecological_function": "no",
    "has_required_approval": "yes",
    "unavoidable": "no",
    "conforms_to_plan": "yes",
    "under_restoration_plan": "no",
    "allowed_by_named_law": "no",
    "existing_lawful_right": "no",
    "national_strategy_need": "no",
    "national_major_project_approval": "none",
    "temporary_years": "",
    "permanent_building": "no",
    "national_key_project": "none",
    "damages_cropland": "no",
    "owned_plantation": "no",
    "pollutes_or_damages_landscape": "no",
    "fells_trees": "no",
    "felling_kind": "",
    "young_or_closed_forest": "no",
    "grass_livestock_balanced": "yes",
    "grazing_banned": "no",
    "degraded_grassland": "no",
    "wetland_exception": "none",
    "drains_or_fills_wetland": "no",
    "mangrove": "no",
    "peat_bog": "no",
    "serves_water_supply": "no",
    "discharges_pollutants": "no",
    "may_pollute_water": "no",
    "seriously_pollutes_water": "no",
    "increases_discharge": "no",
    "sets_sewage_outlet": "no",
    "national_major_strategic_project": "no",
    "occupies_natural_coast": "no",
    "strictly_protected_coast": "no",
    "exclusive_sea_use": "no",
    "concentrated_urban_building": "no",
    "holds_mining_right": "no",
    "covers_strategic_mineral": "no",
    "disturbed_area_m2": "",
    "restored_area_m2": "",
    "restored_quality_not_lower": "",
    "restoration_years": "",
}
_NEW = {"new_construction_land": "yes", "construction": "yes"}
_BUILT = {"construction": "yes"}
_MAJOR = {
    **_NEW,
    "national_major_project_approval": "national_transport_water_plan",
    "national_key_project": "transport",
}
_UNAVOIDABLE = {"unavoidable": "yes"}
_FINAL = {"fells_trees": "yes", "felling_kind": "final_felling"}
_TENDING = {"fells_trees": "yes", "felling_kind": "tending"}
_TOWN = {"concentrated_urban_building": "yes"}
_OWNED = {"owned_plantation": "yes"}
_BALANCE = {"disturbed_area_m2": "2000", "restored_quality_not_lower": "yes", "restoration_years": "1"}
_NET_ZERO = _BUILT | _UNAVOIDABLE | _BALANCE

INDUSTRIES = {
    "D1": "101", "D2": "303", "D3": "471", "D4": "022", "D7": "611", "D9": "024", "D13": "041", "A4.1": "023",
    "A5.1": "786",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """An application that is planted."""

    plant: str
    """the ground, see `parcel_plants.PLANTS`"""
    activity: str
    outcome: str
    law: str
    """the pack that decides"""
    rule: str = ""
    """the row of the decision table, where it is one of its"""
    facts: Mapping[str, str] = field(default_factory=dict)
    """what is other than modest"""
    without_slivers: str = ""
    """the outcome without slivers, where it is another"""


_CORE, _RED_LINE = "core of a reserve in the red line", "red line"
_PART, _SLIVER, _BESIDE = "part in the red line", "sliver in the red line", "beside the red line"
_FIELD, _SHORE = "basic farmland", "national wetland in the red line"
_FIRST, _SECOND = "first zone of a water source", "second zone of a water source"
_PARK = "national park whose zone is not known"

CASES: tuple[Case, ...] = (
    # Core zones.
    Case(_CORE, "D1", PROHIBITED, "red_line", "R2", _NEW),
    Case(_CORE, "D7", PROHIBITED, "red_line", "R2", _NEW),
    Case(_CORE, "A5.1", PROHIBITED, "red_line", "R2"),
    Case(_CORE, "A6.1", PROHIBITED, "red_line", "R2", _NEW | _UNAVOIDABLE),
    # The red line and nothing else.
    Case(_RED_LINE, "D7", PROHIBITED, "red_line", "R3", _NEW),
    Case(_RED_LINE, "D1", PROHIBITED, "red_line", "R3", _NEW),
    Case(_RED_LINE, "D3", PROHIBITED, "red_line", "R3", _NEW),
    Case(_RED_LINE, "D5", PROHIBITED, "red_line", "R3", _NEW),
    Case(_RED_LINE, "D4", PROHIBITED, "red_line", "R3"),
    Case(_RED_LINE, "A5.3", CONDITIONS, "red_line", "R4", _NEW),
    Case(_RED_LINE, "A6.1", CONDITIONS, "red_line", "R4", _NEW | _UNAVOIDABLE),
    Case(_RED_LINE, "A6.1", PROHIBITED, "red_line", "R3", _NEW),
    Case(_RED_LINE, "A1.2", CONDITIONS, "red_line", "R5", _BUILT),
    Case(_RED_LINE, "A5.3", CONDITIONS, "red_line", "R5", _BUILT),
    Case(_RED_LINE, "A2.5", ALLOWED, "red_line", "R6", _BUILT | {"within_existing_built_land": "yes"}),
    Case(_RED_LINE, "A2.5", ALLOWED, "red_line", "R6", {"within_existing_built_land": "yes"}),
    Case(_RED_LINE, "A2.5", PROHIBITED, "red_line", "R3", _BUILT | {"expands_scale": "yes"}),
    Case(_RED_LINE, "A5.1", CONDITIONS, "red_line", "R7"),
    Case(_RED_LINE, "A1.1", CONDITIONS, "red_line", "R7"),
    Case(_RED_LINE, "A2.2", CONDITIONS, "red_line", "R7"),
    Case(_RED_LINE, "M2", CONDITIONS, "red_line", "R8", _MAJOR | _UNAVOIDABLE),
    Case(_RED_LINE, "M2", PROHIBITED, "red_line", "R8", _MAJOR),
    Case(_RED_LINE, "C2", CONDITIONS, "red_line", "R9"),
    Case(_RED_LINE, "C1", CONDITIONS, "red_line", "R9"),
    Case(_RED_LINE, "T1", CONDITIONS, "red_line", "R10", {"temporary_years": "1"}),
    Case(_RED_LINE, "T1", PROHIBITED, "red_line", "R10", {"temporary_years": "3"}),
    Case(_RED_LINE, "A8", CONDITIONS, "red_line", "R7", {"under_restoration_plan": "yes"}),
    Case(_RED_LINE, "A8", PROHIBITED, "red_line", "R3"),
    # What is not known, and would change the outcome; and what is not known and would not.
    Case(_RED_LINE, "A8", UNDETERMINED, "red_line", "", {"under_restoration_plan": ""}),
    Case(_RED_LINE, "A2.5", UNDETERMINED, "red_line", "", _BUILT | {"within_existing_built_land": ""}),
    Case(_RED_LINE, "M2", UNDETERMINED, "red_line", "", _MAJOR | {"unavoidable": ""}),
    Case(_RED_LINE, "D7", PROHIBITED, "red_line", "R3", dict.fromkeys(MODEST, "")),
    # Infrastructure without net disturbance, with a balance and without.
    Case(_RED_LINE, "NZ2", CONDITIONS, "red_line", "R5", _NET_ZERO | {"restored_area_m2": "2600"}),
    Case(_RED_LINE, "NZ2", PROHIBITED, "net_zero", "", _NET_ZERO | {"restored_area_m2": "900"}),
    # Across and along the red line.
    Case(_PART, "D7", PROHIBITED, "red_line", "R3", _BUILT),
    Case(_PART, "D4", PROHIBITED, "red_line", "R3"),
    Case(_PART, "A5.3", CONDITIONS, "red_line", "R4", _NEW),
    Case(_PART, "C2", CONDITIONS, "red_line", "R9"),
    # A resort outside the urban boundary has conditions of its own.
    Case(_SLIVER, "D7", PROHIBITED, "red_line", "R3", _BUILT, CONDITIONS),
    Case(_SLIVER, "D4", PROHIBITED, "red_line", "R3", {}, ALLOWED),
    Case(_SLIVER, "D12", PROHIBITED, "red_line", "R3", {}, ALLOWED),
    Case(_SLIVER, "D18", PROHIBITED, "red_line", "R3", _BUILT, ALLOWED),
    Case(_SLIVER, "A5.1", CONDITIONS, "red_line", "R7", {}, ALLOWED),
    Case(_SLIVER, "A1.2", CONDITIONS, "red_line", "R5", _BUILT, ALLOWED),
    Case(_BESIDE, "D7", CONDITIONS, "urban_boundary", "", _BUILT),
    Case(_BESIDE, "D4", ALLOWED, "red_line", "R1"),
    Case(_BESIDE, "D12", ALLOWED, "red_line", "R1"),
    Case(_BESIDE, "A5.1", ALLOWED, "red_line", "R1"),
    # The sea.
    Case("red line at sea", "X1.1", PROHIBITED, "red_line", "", _NEW),
    Case("red line at sea", "X1.2", PROHIBITED, "red_line", "", _NEW),
    Case("red line at sea", "D2", PROHIBITED, "red_line", "R3", _NEW),
    Case("sea", "X1.1", PROHIBITED, "sea", "", _NEW),
    Case("sea", "X1.2", PROHIBITED, "sea", "", _NEW),
    Case("sea", "X1.1", UNDETERMINED, "sea", "", _NEW | {"national_major_strategic_project": ""}),
    Case("sea", "X1.1", CONDITIONS, "sea", "", _NEW | {"national_major_strategic_project": "yes"}),
    # Farmland.
    Case(_FIELD, "D4", PROHIBITED, "basic_farmland", "", {"damages_cropland": "yes"}),
    Case(_FIELD, "D12", PROHIBITED, "basic_farmland", "", {"damages_cropland": "yes"}),
    Case(_FIELD, "D13", PROHIBITED, "basic_farmland", "", {"damages_cropland": "yes"}),
    Case(_FIELD, "D2", PROHIBITED, "basic_farmland", "", _NEW | {"damages_cropland": "yes"}),
    Case(_FIELD, "D15", PROHIBITED, "basic_farmland", "", {"damages_cropland": "yes"}),
    Case(_FIELD, "D11", PROHIBITED, "basic_farmland", "", {"damages_cropland": "yes"}),
    Case("part in basic farmland", "D4", PROHIBITED, "basic_farmland", "", {"damages_cropland": "yes"}),
    Case("part in basic farmland", "D12", PROHIBITED, "basic_farmland", "", {"damages_cropland": "yes"}),
    Case("sliver in basic farmland", "D4", PROHIBITED, "basic_farmland", "", {"damages_cropland": "yes"}, ALLOWED),
    Case("sliver in basic farmland", "D12", PROHIBITED, "basic_farmland", "", {"damages_cropland": "yes"}, ALLOWED),
    Case("beside basic farmland", "D4", ALLOWED, "red_line", "R1"),
    Case("beside basic farmland", "D12", ALLOWED, "red_line", "R1"),
    # Wetlands.
    Case(_SHORE, "D8", PROHIBITED, "wetlands", "", {"drains_or_fills_wetland": "yes"}),
    Case(_SHORE, "D2", PROHIBITED, "wetlands", "", _NEW | {"drains_or_fills_wetland": "yes"}),
    Case("provincial wetland in the red line", "D8", PROHIBITED, "wetlands", "", {"drains_or_fills_wetland": "yes"}),
    Case(_SHORE, "M2", CONDITIONS, "wetlands", "", _MAJOR | _UNAVOIDABLE | {"wetland_exception": "national_major"}),
    # Drinking water.
    Case(_FIRST, "D7", PROHIBITED, "water_sources", "", _NEW),
    Case(_FIRST, "D2", PROHIBITED, "water_sources", "", _NEW | {"discharges_pollutants": "yes"}),
    Case(_SECOND, "D2", PROHIBITED, "water_sources", "", _NEW | {"discharges_pollutants": "yes"}),
    Case(_SECOND, "D2", UNDETERMINED, "water_sources", "", _NEW | {"discharges_pollutants": ""}),
    # The law names tourism among what may pollute the water.
    Case(_SECOND, "A5.1", CONDITIONS, "water_sources", "", {"may_pollute_water": "yes"}),
    Case(
        "outer zone of a water source",
        "D2",
        PROHIBITED,
        "water_sources",
        "",
        _NEW | {"discharges_pollutants": "yes", "seriously_pollutes_water": "yes", "increases_discharge": "yes"},
    ),
    # Forest and grassland.
    Case("public-welfare forest", "D8", PROHIBITED, "forests", "", {"fells_trees": "yes"}),
    Case("public-welfare forest", "D9", PROHIBITED, "forests", "", _FINAL),
    Case("commercial forest", "D8", PROHIBITED, "forests", "", {"fells_trees": "yes"}),
    Case("commercial forest", "A4.1", CONDITIONS, "forests", "", _TENDING | _OWNED),
    Case("sliver in public-welfare forest", "D8", PROHIBITED, "forests", "", {"fells_trees": "yes"}, ALLOWED),
    Case("sliver in basic grassland", "D8", PROHIBITED, "grassland", "", {}, ALLOWED),
    Case("basic grassland", "D8", PROHIBITED, "grassland"),
    Case("other grassland", "D8", PROHIBITED, "grassland"),
    # Protected areas.
    Case("experimental zone of a reserve", "D1", PROHIBITED, "protected_area_zones", "", _NEW),
    Case("experimental zone of a reserve", "D8", PROHIBITED, "protected_area_zones"),
    Case("experimental zone of a reserve", "A5.1", CONDITIONS, "protected_area_zones"),
    Case("part in a reserve", "D8", PROHIBITED, "protected_area_zones"),
    Case("part in a reserve", "D16", PROHIBITED, "protected_area_zones"),
    Case("sliver in a reserve", "D16", PROHIBITED, "protected_area_zones", "", {}, ALLOWED),
    Case(_PARK, "A5.1", UNDETERMINED, "national_park"),
    # Two laws at once: the stricter one decides.
    Case(
        "red line by a water source",
        "A5.3",
        PROHIBITED,
        "water_sources",
        "R11",
        _NEW | {"discharges_pollutants": "yes", "may_pollute_water": "yes"},
    ),
    Case("basic farmland by a water source", "D4", PROHIBITED, "basic_farmland", "", {"damages_cropland": "yes"}),
    Case("public-welfare forest in the red line", "D7", PROHIBITED, "red_line", "R3", _NEW),
    Case("commercial forest in the red line", "D4", PROHIBITED, "red_line", "R3"),
    Case("commercial forest in the red line", "A4.1", CONDITIONS, "red_line", "R7", _TENDING | _OWNED),
    Case("commercial forest in the red line", "A4.1", PROHIBITED, "red_line", "R3", _TENDING),
    # Mines with a right and without.
    Case("mining right", "D1", CONDITIONS, "mining_rights", "", _NEW | {"holds_mining_right": "yes"}),
    Case("mining right", "D1", PROHIBITED, "mining_rights", "", _NEW),
    Case("mining right", "D1", UNDETERMINED, "mining_rights", "", _NEW | {"holds_mining_right": ""}),
    # Within, across and outside the urban boundary.
    Case("urban boundary", "D3", CONDITIONS, "urban_boundary", "", _NEW | _TOWN),
    Case("part in an urban boundary", "D3", PROHIBITED, "urban_boundary", "", _NEW | _TOWN),
    Case("clear cropland", "D3", PROHIBITED, "urban_boundary", "", _NEW | _TOWN),
    Case("clear cropland", "D12", ALLOWED, "red_line", "R1"),
    Case("clear forest", "A5.1", ALLOWED, "red_line", "R1"),
    Case("clear grassland", "D4", ALLOWED, "red_line", "R1"),
    Case("clear built land", "A2.5", ALLOWED, "red_line", "R1", _BUILT | {"within_existing_built_land": "yes"}),
)

# On parcels that are clear of every control layer and were not planted, by their land use.
ORDINARY: Mapping[str, tuple[str, ...]] = {
    "cropland": ("D12", "A2.1", "D18"),
    "forest": ("A5.1", "A1.2"),
    "grassland": ("D4", "A2.2"),
    "built": ("A2.5", "A5.1"),
}
