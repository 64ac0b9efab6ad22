import pytest

from shanshui.sample import write_sample
from shanshui.sample.coast import build_coast, write_coast
from shanshui.sample.landscape import build_landscape
from shanshui.sample.people import count_people, write_people
from shanshui.sample.plans import write_plans
from shanshui.sample.reserves import build_reserves
from shanshui.sample.river_lines import write_river_lines
from shanshui.sample.roads import build_roads, write_roads
from shanshui.sample.zones import county_table, write_zones

SIZE = 200


@pytest.fixture(scope="session")
def landscape():
    return build_landscape(1)


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    """The folder of a small sample, 300 m a cell."""
    return write_sample(tmp_path_factory.mktemp("samples") / "small", size=SIZE, seed=1)


@pytest.fixture(scope="session", params=[1, 2, 5])
def planned(request, tmp_path_factory):
    """A landscape and the folder of its zones, people and plans, which are the same for every size."""
    folder, landscape = tmp_path_factory.mktemp("plans"), build_landscape(request.param)
    for name in ("inputs", "truth"):
        (folder / name).mkdir()
    counties, roads = county_table(landscape), build_roads(landscape)
    people = count_people(counties, request.param)
    write_zones(landscape, counties, folder / "inputs")
    write_people(people, counties, folder)
    write_roads(roads, folder / "inputs")
    write_river_lines(landscape, folder / "inputs")
    coast = build_coast(landscape)
    write_coast(coast, folder / "inputs")
    write_plans(landscape, counties, people, build_reserves(landscape), roads, coast, folder)
    return landscape, folder
