"""Maps: true to scale, bounded in size, and honest about where north is."""

import base64
import warnings
import zlib

import numpy as np
import pytest
from odc.geo.geobox import GeoBox
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile
from rasterio.transform import Affine, from_origin

from shanshui.base.grid import Grid, Window
from shanshui.base.vocabulary import Quantity
from shanshui.report.canvas import make_canvas, zone_sheets
from shanshui.report.choropleth import zone_map
from shanshui.report.ground import ground_size, north_is_up, scale_bar
from shanshui.report.maps import raster_maps
from shanshui.report.material import Material
from shanshui.report.measures import readings
from shanshui.report.pictures import LONGEST, NOTHING_THERE, packed, picture_shape, png, sampled
from shanshui.report.scales import scale_of
from shanshui.report.words import Words
from shanshui.study.study import Study


def test_scale_bar_of_a_known_grid(study: Study) -> None:
    # 40 cells of 2.5 km are 100 km in the plane; there, near the central meridian, UTM shrinks by 0.9996.
    canvas = make_canvas(Material(study, Words("en")))
    assert canvas is not None
    assert canvas.bar.kilometres == 20.0
    assert canvas.bar.percent == pytest.approx(20.0 * 0.9996, abs=0.005)
    assert canvas.aspect == pytest.approx(2.0, rel=1e-3)
    assert canvas.north


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
    # A slope, rows that repeat, and noise: each is smallest under another filter.
    noise = np.random.default_rng(1).integers(0, 3, (40, 60))
    for indices in (np.add.outer(np.zeros(40), np.arange(60)), np.add.outer(np.arange(40), np.zeros(60)), noise):
        content = base64.b64decode(png(indices.astype(np.uint8), ["#117733", "#aa4466", "#000000"]).partition(",")[2])
        with warnings.catch_warnings(), MemoryFile(content) as memory:
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with memory.open() as source:
                assert (source.read(1) == indices).all()
                assert source.colormap(1)[0] == (0x11, 0x77, 0x33, 255)
                assert source.colormap(1)[255][3] == 0


def test_numbers_of_zones_are_packed() -> None:
    numbers = np.array([[0, 1], [2, 65000]], np.uint16)
    assert np.frombuffer(zlib.decompress(base64.b64decode(packed(numbers))), "<u2").tolist() == [0, 1, 2, 65000]


def test_legend_of_conversions_sums_to_what_the_table_says(study: Study) -> None:
    material = Material(study, Words("en"))
    view = raster_maps(material, make_canvas(material))["land_conversion"]
    entries = {entry.name: entry.text for entry in view.legend}
    rows = study.run("land_transition").query("zoning == 'region' and keyed_by == 'ecosystem'")
    area = rows.query("from_name == 'forest' and to_name == 'built'")["area_ha"].sum()
    known = rows.query("from_code != '' and to_code != ''")["area_ha"].sum()
    assert entries["Forest to built"] == f"{area:,.0f} ha · {100 * area / known:.1f} %"
    # 8 x 5 cells of wood became town: 40 x 625 ha, up to the projection's scale.
    assert area == pytest.approx(40 * 625 / 0.9996**2, rel=2e-3)


def test_years_share_a_scale_and_a_change_has_zero_in_its_middle(study: Study) -> None:
    material = Material(study, Words("en"))
    views = raster_maps(material, make_canvas(material))
    assert [panel.label for panel in views["greenness"].panels] == ["2000", "2020"]
    assert views["greenness"].tell["unit"] == "mm"
    tell = views["greenness_change"].tell
    assert tell["low"] + 50 * tell["step"] == pytest.approx(0.0, abs=1e-12)
    # The town grew by ten: that is the end of the scale.
    assert tell["low"] + 100 * tell["step"] == pytest.approx(10.0)


def test_values_come_back_from_their_steps() -> None:
    quantity = Quantity("rain", "cell", "rain", "雨", "Rain.", minimum=0)
    cells = np.linspace(3.0, 9.0, 1000).reshape(20, 50)
    cells[0, 0] = np.nan
    scale = scale_of(quantity, [cells])
    steps = scale.indices(cells)
    assert steps[0, 0] == NOTHING_THERE
    inside = (cells > scale.low) & (cells < scale.high)
    assert np.abs(scale.low + scale.step * steps - cells)[inside].max() <= scale.step / 2 + 1e-12
    assert not scale.diverging


def test_zones_are_coloured_by_their_change(study: Study) -> None:
    # 1000 + 10 a year: 200 more in the east, 200 fewer in the west.
    material = Material(study, Words("en"))
    (sheet,) = zone_sheets(material, make_canvas(material))
    (reading,) = readings("inhabitants", material)
    view = zone_map(reading, sheet, material)
    assert {sheet.keys[fill.place]: fill.text for fill in view.panels[0].fills} == {
        "w": "−200.0 persons",
        "e": "+200.0 persons",
    }
