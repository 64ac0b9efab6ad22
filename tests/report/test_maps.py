"""Maps: true to scale, bounded in size, and honest about where north is."""

import base64

import numpy as np
import pytest
import rasterio
from odc.geo.geobox import GeoBox
from rasterio.io import MemoryFile
from rasterio.transform import Affine, from_origin

from shanshui.base.grid import Grid, Window
from shanshui.report.ground import ground_size, north_is_up, scale_bar
from shanshui.report.legends import range_entries
from shanshui.report.maps import make_frame, make_maps
from shanshui.report.material import Material
from shanshui.report.pictures import LONGEST, coloured, picture_shape, png, sampled
from shanshui.report.words import Words
from shanshui.study.study import Study


def test_scale_bar_of_a_known_grid(study: Study) -> None:
    # 40 cells of 2.5 km are 100 km in the plane; there, near the central meridian, UTM shrinks by 0.9996.
    frame = make_frame(Material(study, Words("en")))
    assert frame is not None
    assert frame.bar.kilometres == 20.0
    assert frame.bar.percent == pytest.approx(20.0 * 0.9996, abs=0.005)
    assert frame.bar_text == "20 km"
    assert frame.aspect == pytest.approx(2.0, rel=1e-3)
    assert frame.north


def test_ground_size_of_a_grid_in_degrees() -> None:
    # At 60 degrees north a degree of longitude is 111.32 km x cos(60) = 55.8 km on the ellipsoid; of latitude 111.4 km.
    width, height = ground_size(GeoBox((100, 100), from_origin(10.0, 60.5, 0.01, 0.01), "EPSG:4326"))
    assert width == pytest.approx(55_800, rel=1e-3)
    assert height == pytest.approx(111_420, rel=1e-3)


@pytest.mark.parametrize(
    ("width", "kilometres"), [(3_400.0, 1.0), (700.0, 0.2), (2_000_000.0, 500.0), (170_000.0, 50.0)]
)
def test_scale_bars_are_round(width: float, kilometres: float) -> None:
    bar = scale_bar(width)
    assert bar.kilometres == pytest.approx(kilometres)
    assert bar.percent == pytest.approx(1e5 * kilometres / width)


def test_north_is_told_only_where_it_is_up() -> None:
    upright = from_origin(500_000, 4e6, 100, 100)
    assert north_is_up(GeoBox((10, 10), upright, "EPSG:32648"))
    assert not north_is_up(GeoBox((10, 10), upright @ Affine.rotation(30), "EPSG:32648"))
    assert not north_is_up(GeoBox((10, 10), Affine(100, 0, 500_000, 0, 100, 4e6), "EPSG:32648"))
    # Far from the central meridian of a conic projection up is not north.
    albers = "+proj=aea +lat_1=25 +lat_2=47 +lon_0=105 +datum=WGS84"
    assert not north_is_up(GeoBox((10, 10), from_origin(-2e6, 4e6, 100, 100), albers))


def test_pictures_are_bounded_and_cells_come_from_their_middle() -> None:
    assert max(picture_shape((40_000, 90_000))) == LONGEST
    grid = Grid(GeoBox((70, 50), from_origin(0, 70, 1, 1), "EPSG:32648"), tile=16)
    whole = np.arange(70 * 50).reshape(70, 50)

    def read(window: Window) -> np.ndarray:
        return whole[window.row : window.row + window.height, window.column : window.column + window.width]

    assert (sampled(read, grid, (70, 50)) == whole).all()
    assert (sampled(read, grid, (7, 5)) == whole[5::10, 5::10]).all()


def test_png_reads_back() -> None:
    picture = coloured(np.array([[1, 2], [-1, 1]]), {1: "#117733", 2: "#aa4466"})
    content = base64.b64decode(png(picture).removeprefix("data:image/png;base64,"))
    with MemoryFile(content) as memory, pytest.warns(rasterio.errors.NotGeoreferencedWarning), memory.open() as source:
        assert (source.read() == picture).all()
    assert picture[:, 0, 0].tolist() == [0x11, 0x77, 0x33, 255]
    assert picture[3, 1, 0] == 0


def test_legend_of_conversions_sums_to_what_the_table_says(study: Study) -> None:
    views = {view.anchor: view for view in make_maps(Material(study, Words("en")))}
    entries = {entry.name: entry.text for entry in views["map-land_conversion"].legend}
    rows = study.run("land_transition").query("zoning == 'region' and keyed_by == 'ecosystem'")
    area = rows.query("from_name == 'forest' and to_name == 'built'")["area_ha"].sum()
    assert entries["Forest to built"] == f"{area:,.0f} ha"
    # 8 x 5 cells of wood became town: 40 x 625 ha, up to the projection's scale.
    assert area == pytest.approx(40 * 625 / 0.9996**2, rel=2e-3)


def test_values_are_sorted_into_equal_steps() -> None:
    steps, colours, entries = range_entries(np.array([[0.0, 3.0], [6.0, np.nan]]), "mm")
    assert steps.tolist() == [[0, 3], [5, -1]] or steps[1, 1] == -1
    assert len(colours) == len(entries) == 6
    assert entries[0].text == "mm"
