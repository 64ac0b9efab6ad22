"""Facts of the sample that its texts tell."""

from shanshui.sample import basic_farmland, productivity, rain_days, rainfall, soil
from shanshui.sample.area_kinds import KINDS
from shanshui.sample.area_overlaps import SLIVER
from shanshui.sample.extent import CRS, SIDE
from shanshui.sample.map_errors import SHARE
from shanshui.sample.parcel_sites import CLEAR
from shanshui.sample.parcel_sites import SLIVER as STRIP
from shanshui.sample.parcels import OFF
from shanshui.sample.rasters import FIRST_YEAR, SECOND_YEAR
from shanshui.sample.red_line_changes import BESIDE
from shanshui.sample.red_line_sketch import LEFT_OUT
from shanshui.sample.series import AROUND
from shanshui.sample.shelter_belts import WIDTH


def filled(text: str, size: int, seed: int) -> str:
    """Put the facts of a sample into a text.

    Parameters
    ----------
    text : with names of facts in braces
    size : cells a side
    seed : of the sample

    Returns
    -------
    str
    """
    years = rainfall.YEARS
    return text.format(
        size=size,
        seed=seed,
        first=FIRST_YEAR,
        second=SECOND_YEAR,
        side=SIDE / 1000.0,
        crs=CRS,
        errors=100.0 * SHARE,
        series=", ".join(map(str, years)),
        days=", ".join(map(str, rain_days.DAY_YEARS)),
        start=years[0],
        end=years[-1],
        day_start=rain_days.DAY_YEARS[0],
        byte=soil.BYTE_NODATA,
        carbon=soil.CARBON_NODATA,
        around=AROUND / 1000.0,
        water=productivity.WATER,
        fill=productivity.NODATA,
        drought=rainfall.DROUGHT,
        lack=-100.0 * rainfall.DROUGHT_ANOMALY,
        trend=100.0 * rainfall.TREND,
        steepest=basic_farmland.STEEPEST,
        left_out=100.0 * LEFT_OUT,
        areas=len(KINDS),
        sliver=SLIVER,
        belt=WIDTH,
        strip=STRIP,
        apart=CLEAR,
        area_off=50.0 * OFF,
        beside=BESIDE,
    )
