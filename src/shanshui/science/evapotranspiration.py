"""What the air can take up, and what of it the land gives: potential and actual evapotranspiration."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

# Days of the months; February as it is on average over four years.
MONTH_DAYS = (31.0, 28.25, 31.0, 30.0, 31.0, 30.0, 31.0, 31.0, 30.0, 31.0, 30.0, 31.0)
# The day of the year that stands for each month: int(30.4 month - 15) (FAO-56, annex 2, equation 22 and its note).
MIDDLE_DAYS = (15, 45, 76, 106, 137, 167, 197, 228, 258, 289, 319, 349)


def extraterrestrial_radiation(latitude: ArrayLike, day: int) -> NDArray[np.float32]:
    """Radiation of the sun on a level plane above the air, in one day.

    Parameters
    ----------
    latitude : float array-like (rows, columns)
        Latitude [degree], south negative.
    day : int
        Day of the year, from 1.

    Returns
    -------
    float32 ndarray (rows, columns)
        Radiation [MJ/m2/d].

    Notes
    -----
    Allen et al. (1998), Crop evapotranspiration, FAO irrigation and drainage paper 56, equations 21 to 25:
    ``Ra = 24 60 / pi x 0.0820 dr (w sin p sin d + cos p cos d sin w)``, ``dr = 1 + 0.033 cos(2 pi J / 365)``,
    ``d = 0.409 sin(2 pi J / 365 - 1.39)``, ``w = arccos(-tan p tan d)``; where the sun does not set or rise, w is pi
    or 0.

    Examples
    --------
    >>> extraterrestrial_radiation([[-20.0]], 246).round(1).tolist()
    [[32.20000076293945]]
    """
    return np.asarray(_radiation(np.atleast_2d(np.asarray(latitude, np.float32)), day), np.float32)


def day_length(latitude: ArrayLike, day: int) -> NDArray[np.float32]:
    """Hours between sunrise and sunset.

    Parameters
    ----------
    latitude : float array-like (rows, columns)
        Latitude [degree], south negative.
    day : int
        Day of the year, from 1.

    Returns
    -------
    float32 ndarray (rows, columns)
        Day length [h].

    Notes
    -----
    FAO-56 (see `extraterrestrial_radiation`), equation 34: ``N = 24 w / pi``.
    """
    angles = _sunset(np.atleast_2d(np.asarray(latitude, np.float32)), day)
    return np.asarray(angles * np.float32(24.0 / math.pi), np.float32)


def hargreaves(
    maximum: NDArray[np.float32], minimum: NDArray[np.float32], latitude: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Potential evapotranspiration of each month by Hargreaves and Samani.

    Parameters
    ----------
    maximum, minimum : float32 ndarray (12, rows, columns)
        Mean daily maximum and minimum of the air's temperature [degC].
    latitude : float ndarray (rows, columns)
        Latitude [degree].

    Returns
    -------
    float32 ndarray (12, rows, columns)
        Evapotranspiration of a well watered short grass [mm] in the month; 0 below -17.8 degC, NaN where the minimum
        stands above the maximum.

    Notes
    -----
    Hargreaves and Samani (1985), Reference crop evapotranspiration from temperature; FAO-56, equation 52:
    ``ET0 = 0.0023 x 0.408 Ra (T + 17.8) sqrt(Tmax - Tmin)`` [mm/d], T the mean of both, Ra in MJ/m2/d on the day in
    the middle of the month (0.408 mm of water evaporate for each MJ/m2).
    """
    return np.asarray(
        _hargreaves(np.asarray(maximum, np.float32), np.asarray(minimum, np.float32), np.asarray(latitude, np.float32)),
        np.float32,
    )


def thornthwaite(temperature: NDArray[np.float32], latitude: NDArray[np.floating]) -> NDArray[np.float32]:
    """Potential evapotranspiration of each month by Thornthwaite.

    Parameters
    ----------
    temperature : float32 ndarray (12, rows, columns)
        Mean temperature of the air [degC]; all twelve months are needed.
    latitude : float ndarray (rows, columns)
        Latitude [degree].

    Returns
    -------
    float32 ndarray (12, rows, columns)
        Evapotranspiration [mm] in the month; 0 in months without warmth.

    Notes
    -----
    Thornthwaite (1948), An approach toward a rational classification of climate:
    ``16 (10 T / I)^a``, ``I = sum (T / 5)^1.514`` over the months above 0 degC,
    ``a = 6.75e-7 I^3 - 7.71e-5 I^2 + 1.792e-2 I + 0.49239``; 0 at or below 0 degC; from 26.5 degC on
    ``-415.85 + 32.24 T - 0.43 T^2`` (Willmott, Rowe and Mintz 1985, Climatology of the terrestrial seasonal water
    cycle). All times day length / 12 h times days / 30.
    """
    return np.asarray(_thornthwaite(np.asarray(temperature, np.float32), np.asarray(latitude, np.float32)), np.float32)


def budyko(
    precipitation: NDArray[np.float32],
    reference: NDArray[np.float32],
    crop_coefficient: NDArray[np.float32],
    root_depth: NDArray[np.float32],
    soil_depth: NDArray[np.float32],
    available_water_capacity: NDArray[np.float32],
    vegetated: NDArray[np.floating],
    seasonality_constant: float,
) -> NDArray[np.float32]:
    """Actual evapotranspiration of a year by Budyko's curve.

    Parameters
    ----------
    precipitation, reference : float32 ndarray (rows, columns)
        Rain, and evapotranspiration of a well watered short grass, of the year [mm].
    crop_coefficient : float32 ndarray (rows, columns)
        What the land's cover would evaporate, as a multiple of the reference.
    root_depth, soil_depth : float32 ndarray (rows, columns)
        Depth that roots reach, and depth of the soil [mm].
    available_water_capacity : float32 ndarray (rows, columns)
        Share of the soil's volume that holds water for plants.
    vegetated : float ndarray (rows, columns)
        1 where plants take water from the soil, 0 elsewhere.
    seasonality_constant : float
        Z: how evenly rain and warmth fall together over the year.

    Returns
    -------
    float32 ndarray (rows, columns)
        Evapotranspiration [mm], never above the rain nor above crop coefficient times reference. Land that is not
        vegetated does not need to know its soil.

    Notes
    -----
    Fu's form of Budyko's curve (Zhang et al. 2004, A rational function approach for estimating mean annual
    evapotranspiration), with the parameter of Donohue et al. (2012) as InVEST's annual water yield has it:
    ``AET / P = 1 + PET / P - (1 + (PET / P)^w)^(1 / w)``, ``w = min(5, 1.25 + Z AWC / P)``,
    ``AWC = min(root depth, soil depth) x capacity``, ``PET = Kc ET0``; land that is not vegetated gives
    ``min(Kc ET0, P)``.
    """
    given = (
        precipitation, reference, crop_coefficient, root_depth, soil_depth, available_water_capacity, vegetated
    )  # fmt: skip
    out = np.empty(precipitation.shape, np.float32)
    flat = [np.asarray(values, np.float32).ravel() for values in given]
    _budyko(*flat, float(seasonality_constant), out.ravel())
    return out


def turc(precipitation: NDArray[np.float32], temperature: NDArray[np.float32]) -> NDArray[np.float32]:
    """Actual evapotranspiration of a year by Turc, of annual rain and mean temperature.

    Parameters
    ----------
    precipitation : float32 ndarray (rows, columns)
        Rain of the year [mm].
    temperature : float32 ndarray (rows, columns)
        Mean temperature of the year [degC].

    Returns
    -------
    float32 ndarray (rows, columns)
        Evapotranspiration [mm], never above the rain nor above L; 0 where it is so cold that L is not positive.

    Notes
    -----
    Turc (1954), Le bilan d'eau des sols: ``ET = P / sqrt(0.9 + (P / L)^2)``, ``L = 300 + 25 T + 0.05 T^3``; all rain
    where ``(P / L)^2 < 0.1``, that is P / L < 0.316.
    """
    out = np.empty(precipitation.shape, np.float32)
    _turc(np.asarray(precipitation, np.float32).ravel(), np.asarray(temperature, np.float32).ravel(), out.ravel())
    return out


@numba.njit(cache=True, nogil=True)
def _declination(day):  # type: ignore[no-untyped-def]
    return 0.409 * math.sin(2.0 * math.pi / 365.0 * day - 1.39)


@numba.njit(cache=True, nogil=True)
def _places(latitude, sine, cosine, tangent):  # type: ignore[no-untyped-def]
    """Give for a line of cells sine, cosine and tangent of their latitude."""
    for j in range(latitude.size):
        radians = latitude[j] * np.float32(math.pi / 180.0)
        sine[j] = math.sin(radians)
        # A pole's cosine is no less than this: rounded, it could be negative.
        cosine[j] = max(math.cos(radians), np.float32(1e-6))
        tangent[j] = sine[j] / cosine[j]


@numba.njit(cache=True, nogil=True)
def _sun_angles(day, tangent, hour, depth):  # type: ignore[no-untyped-def]
    """Give for a line of cells the sunset hour angle and its sine; where the sun never sets or rises pi or 0, and 0."""
    lift = np.float32(-math.tan(_declination(day)))
    for j in range(hour.size):
        turn = lift * tangent[j]
        # Written so that NaN stays NaN.
        turn = np.float32(1.0) if turn > 1 else np.float32(-1.0) if turn < -1 else turn
        hour[j] = math.acos(turn)
        depth[j] = math.sqrt(np.float32(1.0) - turn * turn)


@numba.njit(cache=True, nogil=True)
def _radiation_line(day, sine, cosine, hour, depth, out):  # type: ignore[no-untyped-def]
    declination = _declination(day)
    # 0.0820 MJ/m2/min is the solar constant.
    scale = 24.0 * 60.0 / math.pi * 0.0820 * (1.0 + 0.033 * math.cos(2.0 * math.pi / 365.0 * day))
    upright = np.float32(scale * math.sin(declination))
    level = np.float32(scale * math.cos(declination))
    for j in range(out.size):
        out[j] = upright * hour[j] * sine[j] + level * depth[j] * cosine[j]


@numba.njit(cache=True, nogil=True)
def _radiation(latitude, day):  # type: ignore[no-untyped-def]
    rows, columns = latitude.shape
    out = np.empty((rows, columns), np.float32)
    sine, cosine, tangent, hour, depth = np.empty((5, columns), np.float32)
    for i in range(rows):
        _places(latitude[i], sine, cosine, tangent)
        _sun_angles(day, tangent, hour, depth)
        _radiation_line(day, sine, cosine, hour, depth, out[i])
    return out


@numba.njit(cache=True, nogil=True)
def _sunset(latitude, day):  # type: ignore[no-untyped-def]
    rows, columns = latitude.shape
    out = np.empty((rows, columns), np.float32)
    sine, cosine, tangent, depth = np.empty((4, columns), np.float32)
    for i in range(rows):
        _places(latitude[i], sine, cosine, tangent)
        _sun_angles(day, tangent, out[i], depth)
    return out


@numba.njit(cache=True, nogil=True)
def _hargreaves(maximum, minimum, latitude):  # type: ignore[no-untyped-def]
    """Line by line, so that what months share is worked out once and stays in the nearest cache."""
    months, rows, columns = maximum.shape
    out = np.empty((months, rows, columns), np.float32)
    sine, cosine, tangent, hour, depth, radiation = np.empty((6, columns), np.float32)
    for i in range(rows):
        _places(latitude[i], sine, cosine, tangent)
        for month in range(months):
            day = MIDDLE_DAYS[month]
            _sun_angles(day, tangent, hour, depth)
            _radiation_line(day, sine, cosine, hour, depth, radiation)
            scale = np.float32(0.0023 * 0.408 * MONTH_DAYS[month])
            for j in range(columns):
                warmest, coldest = maximum[month, i, j], minimum[month, i, j]
                warmth = np.float32(0.5) * (warmest + coldest) + np.float32(17.8)
                warmth = np.float32(0.0) if warmth < 0 else warmth
                out[month, i, j] = scale * radiation[j] * warmth * math.sqrt(warmest - coldest)
    return out


@numba.njit(cache=True, nogil=True)
def _thornthwaite(temperature, latitude):  # type: ignore[no-untyped-def]
    months, rows, columns = temperature.shape
    out = np.empty((months, rows, columns), np.float32)
    sine, cosine, tangent, hour, depth = np.empty((5, columns), np.float32)
    heat, power, offset = np.empty((3, columns), np.float32)
    for i in range(rows):
        _places(latitude[i], sine, cosine, tangent)
        heat[:] = 0
        for month in range(months):
            for j in range(columns):
                degrees = temperature[month, i, j]
                if degrees > 0:
                    # Logarithms are kept, so that each month's is taken once.
                    logarithm = math.log(degrees)
                    out[month, i, j] = logarithm
                    heat[j] += math.exp(np.float32(1.514) * (logarithm - np.float32(math.log(5.0))))
                else:
                    heat[j] += degrees - degrees
        for j in range(columns):
            index = heat[j]
            power[j] = (
                np.float32(6.75e-7) * index * index * index
                - np.float32(7.71e-5) * index * index
                + np.float32(1.792e-2) * index
                + np.float32(0.49239)
            )
            offset[j] = np.float32(math.log(10.0)) - math.log(index) if index > 0 else np.float32(0.0)
        for month in range(months):
            _sun_angles(MIDDLE_DAYS[month], tangent, hour, depth)
            # Day length over 12 hours is twice the sunset hour angle over pi.
            scale = np.float32(2.0 / math.pi * MONTH_DAYS[month] / 30.0)
            for j in range(columns):
                degrees = temperature[month, i, j]
                if heat[j] != heat[j]:
                    value = heat[j]
                elif degrees <= 0:
                    value = np.float32(0.0)
                elif degrees < np.float32(26.5):
                    value = np.float32(16.0) * math.exp(power[j] * (offset[j] + out[month, i, j]))
                else:
                    value = np.float32(-415.85) + np.float32(32.24) * degrees - np.float32(0.43) * degrees * degrees
                out[month, i, j] = value * scale * hour[j]
    return out


@numba.njit(cache=True, nogil=True)
def _budyko(precipitation, reference, crop, roots, soil, capacity, vegetated, seasonality, out):  # type: ignore[no-untyped-def]
    """In double precision: what is left of the curve is the small difference of two numbers."""
    for n in range(out.size):
        rain = np.float64(precipitation[n])
        potential = np.float64(crop[n]) * np.float64(reference[n])
        plants = vegetated[n]
        if not (rain >= 0 and potential >= 0 and plants >= 0):
            out[n] = np.nan
        elif plants < 0.5 or rain == 0:
            out[n] = min(rain, potential)
        else:
            depth = roots[n] if roots[n] < soil[n] else soil[n]
            # A minimum of two of which either is not known is not known.
            water = np.float64(depth + (roots[n] - roots[n])) * np.float64(capacity[n])
            curve = 1.25 + seasonality * water / rain
            curve = 5.0 if curve > 5.0 else curve
            dryness = potential / rain
            share = 1.0 + dryness - (1.0 + dryness**curve) ** (1.0 / curve)
            share = dryness if share > dryness else share
            # Of next to no rain the difference may come out a little below nothing.
            out[n] = 0.0 if share < 0.0 else share * rain


@numba.njit(cache=True, nogil=True)
def _turc(precipitation, temperature, out):  # type: ignore[no-untyped-def]
    for n in range(out.size):
        rain, degrees = np.float64(precipitation[n]), np.float64(temperature[n])
        most = 300.0 + 25.0 * degrees + 0.05 * degrees**3
        if most <= 0.0:
            out[n] = 0.0 * rain
        else:
            ratio = rain / most
            out[n] = rain if ratio * ratio < 0.1 else rain / math.sqrt(0.9 + ratio * ratio)
