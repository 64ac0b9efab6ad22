"""Which protected areas the sample's register holds: what each is, and how those that were planted stand to others."""

from dataclasses import dataclass

# English and Chinese words of categories and levels.
CATEGORIES = {
    "national_park": ("National Park", "国家公园"),
    "nature_reserve": ("Nature Reserve", "自然保护区"),
    "forest_park": ("Forest Park", "森林公园"),
    "wetland_park": ("Wetland Park", "湿地公园"),
    "geopark": ("Geopark", "地质公园"),
    "marine_park": ("Marine Park", "海洋公园"),
    "desert_park": ("Desert Park", "沙漠公园"),
    "grassland_park": ("Grassland Park", "草原公园"),
    "scenic_area": ("Scenic Area", "风景名胜区"),
    "aquatic_germplasm_reserve": ("Aquatic Germplasm Reserve", "水产种质资源保护区"),
    "small_reserve": ("Small Reserve", "自然保护小区"),
}
LEVELS = {
    "national": ("National", "国家级"),
    "provincial": ("Provincial", "省级"),
    "prefecture": ("Prefecture", "市级"),
    "county": ("County", "县级"),
}


@dataclass(frozen=True)
class Kind:
    """What an area is."""

    category: str
    level: str
    established: int
    main_resource: str = "natural"


# In the order of their codes; the first four are the reserves.
KINDS: dict[str, Kind] = {
    "mountain reserve": Kind("nature_reserve", "national", 1986),
    "coastal reserve": Kind("nature_reserve", "national", 1992),
    "steppe reserve": Kind("nature_reserve", "provincial", 1998),
    "karst reserve": Kind("nature_reserve", "provincial", 2012),
    "national park": Kind("national_park", "national", 2021),
    "park beside mountain reserve": Kind("forest_park", "national", 1994),
    "new scenic area": Kind("scenic_area", "provincial", 2019),
    "park beside zoned reserve": Kind("forest_park", "provincial", 1996),
    "zoned reserve": Kind("nature_reserve", "provincial", 2001),
    "park on the shore": Kind("wetland_park", "provincial", 2009),
    "spawning ground": Kind("aquatic_germplasm_reserve", "national", 2011),
    "reach of a river": Kind("aquatic_germplasm_reserve", "provincial", 2013),
    "sea": Kind("marine_park", "national", 2014),
    "within mountain reserve": Kind("small_reserve", "county", 2005),
    "within steppe reserve": Kind("grassland_park", "prefecture", 2020),
    "sand": Kind("desert_park", "provincial", 2015),
    "with holes": Kind("nature_reserve", "prefecture", 1999),
    "in a hole": Kind("grassland_park", "provincial", 2020),
    "registered first": Kind("forest_park", "provincial", 1993),
    "registered again": Kind("nature_reserve", "county", 2000),
    "digitised first": Kind("wetland_park", "prefecture", 2010),
    "digitised again": Kind("small_reserve", "county", 2003),
    "chain, one": Kind("forest_park", "county", 1997),
    "chain, two": Kind("nature_reserve", "prefecture", 2002),
    "chain, three": Kind("forest_park", "provincial", 1999),
    "one side of a valley": Kind("nature_reserve", "county", 2000),
    "other side of a valley": Kind("forest_park", "prefecture", 2004),
    "gap, one": Kind("geopark", "county", 2008),
    "gap, two": Kind("forest_park", "county", 2006),
    "scattered": Kind("nature_reserve", "county", 2004),
    "scattered in rows": Kind("small_reserve", "prefecture", 2007),
    "across the edge": Kind("nature_reserve", "provincial", 1995),
    "crossed rim": Kind("small_reserve", "county", 2008),
    "figure of eight": Kind("wetland_park", "county", 2012),
    "town": Kind("scenic_area", "provincial", 1991, "cultural"),
    "geology": Kind("geopark", "national", 2005),
    "mine": Kind("nature_reserve", "county", 1998),
    "lake": Kind("wetland_park", "national", 2010),
}

# How pairs stand to each other: the greater or first, and the other.
PLANTED: dict[tuple[str, str], str] = {
    ("national park", "mountain reserve"): "overlap",
    ("national park", "park beside mountain reserve"): "overlap",
    ("mountain reserve", "park beside mountain reserve"): "overlap",
    ("new scenic area", "park beside zoned reserve"): "overlap",
    ("new scenic area", "zoned reserve"): "overlap",
    ("park beside zoned reserve", "zoned reserve"): "overlap",
    ("coastal reserve", "park on the shore"): "overlap",
    ("coastal reserve", "spawning ground"): "overlap",
    ("park on the shore", "spawning ground"): "overlap",
    ("karst reserve", "geology"): "overlap",
    ("mountain reserve", "within mountain reserve"): "embedded",
    ("steppe reserve", "within steppe reserve"): "embedded",
    ("with holes", "in a hole"): "in_hole",
    ("registered first", "registered again"): "duplicate",
    ("digitised first", "digitised again"): "duplicate",
    ("chain, one", "chain, two"): "adjacent",
    ("chain, two", "chain, three"): "adjacent",
    ("one side of a valley", "other side of a valley"): "adjacent",
    ("gap, one", "gap, two"): "adjacent",
}


def code_of(key: str) -> str:
    """Give the code of an area."""
    return f"A{list(KINDS).index(key) + 1:02d}"
