"""What of parcels lies in the polygons of control layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

from shanshui.policy.ground.common_areas import sums
from shanshui.policy.ground.united import GRID, all_or_part
from shanshui.policy.ground.widths import DUST, wider

if TYPE_CHECKING:
    from shanshui.policy.ground.control_layers import ControlLayers

Where: TypeAlias = Mapping[str, tuple[str, ...]]
Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]


class Overlaps:
    """What of parcels lies in the polygons of control layers: a row for each parcel and polygon that overlap.

    Made by `ControlLayers.overlaps`. Overlaps nowhere wider than a millimetre are none. Rows are sorted by parcel,
    layer and polygon.

    Parameters
    ----------
    control : ControlLayers
        The layers.
    shapes : ndarray of shapely geometries (parcels,)
        The parcels, valid.
    parcel, layer, polygon : int64 ndarray (rows,)
        Which parcel, layer (its place in `layers`) and polygon (row of the layer).
    area_m2 : float64 ndarray (rows,)
        Of the overlap [m2].
    sliver : bool ndarray (rows,)
        Whether it is nowhere wider than the layer's tolerance.
    """

    def __init__(
        self,
        control: ControlLayers,
        shapes: NDArray[Any],
        parcel: Integers,
        layer: Integers,
        polygon: Integers,
        area_m2: Floats,
        sliver: Bools,
    ) -> None:
        self.control, self.shapes = control, shapes
        self.parcel, self.layer, self.polygon, self.area_m2, self.sliver = parcel, layer, polygon, area_m2, sliver
        self._of_layer: dict[str, Integers] = {}

    @property
    def parcels(self) -> int:
        """How many parcels there are."""
        return len(self.shapes)

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of the layers."""
        return self.control.names

    @cached_property
    def whole(self) -> Floats:
        """The area of each parcel [m2]; 0 of one that is missing or empty."""
        return np.asarray(shapely.area(self.shapes))

    @cached_property
    def outside(self) -> Bools:
        """Which parcels reach out of the extent of the layers, somewhere by more than a millimetre."""
        out = np.zeros(self.parcels, bool)
        extent = self.control.extent
        if extent is not None:
            shapely.prepare(extent)
            some = np.flatnonzero(~shapely.covers(extent, self.shapes))
            out[some] = wider(shapely.difference(self.shapes[some], extent), DUST)
        return out

    def area(self, layer: str, where: Where) -> tuple[Floats, Floats]:
        """Measure how much of each parcel lies in the polygons of a layer that fit.

        Parameters
        ----------
        layer : str
            Its name.
        where : mapping of str to (tuple of str)
            The values that will do, by column; {} for all polygons.

        Returns
        -------
        low, high : float64 ndarray (parcels,)
            In polygons that surely fit, and in those that possibly fit [m2]. Ground in several of them counts once.
        """
        rows = self._rows(layer)
        sure, possible = self.control[layer].fits(where, self.polygon[rows])
        low = self._area(layer, rows[sure])
        return low, low.copy() if (sure == possible).all() else self._area(layer, rows[possible])

    def touches(self, layer: str, where: Where) -> tuple[Bools, Bools]:
        """Tell which parcels overlap polygons of a layer that fit.

        Parameters
        ----------
        layer : str
            Its name.
        where : mapping of str to (tuple of str)
            As for `area`.

        Returns
        -------
        sure, possible : bool ndarray (parcels,)
            Polygons that surely fit, and those that possibly fit.
        """
        rows = self._rows(layer)
        sure, possible = (np.zeros(self.parcels, bool) for _ in range(2))
        for out, fit in zip((sure, possible), self.control[layer].fits(where, self.polygon[rows]), strict=True):
            out[self.parcel[rows[fit]]] = True
        return sure, possible

    def rows(self, parcel: int, layer: str, where: Where) -> tuple[Integers, Integers]:
        """Give the polygons of a layer that a parcel overlaps.

        Parameters
        ----------
        parcel : int
            Which parcel.
        layer : str
            Its name.
        where : mapping of str to (tuple of str)
            As for `area`.

        Returns
        -------
        sure, unsure : int64 ndarray
            Rows of the layer: polygons that surely fit, and those of which it is not known. None is in both.
        """
        mine = slice(*np.searchsorted(self.parcel, [parcel, parcel + 1]))
        hit = self.polygon[mine][self.layer[mine] == self.layers.index(layer)]
        sure, possible = self.control[layer].fits(where, hit)
        return hit[sure], hit[possible & ~sure]

    def polygons_of(self, parcel: int, layer: str, where: Where) -> Integers:
        """Give the polygons of a layer that a parcel overlaps and that possibly fit.

        Parameters
        ----------
        parcel : int
            Which parcel.
        layer : str
            Its name.
        where : mapping of str to (tuple of str)
            As for `area`.

        Returns
        -------
        int64 ndarray
            Rows of the layer, growing.
        """
        return np.sort(np.concatenate(self.rows(parcel, layer, where)))

    def of(self, parcel: int) -> Iterator[tuple[str, int, float, bool]]:
        """Go through the overlaps of one parcel.

        Parameters
        ----------
        parcel : int
            Which parcel.

        Yields
        ------
        tuple
            Name of the layer, row of the polygon, area [m2], whether it is a sliver.
        """
        for row in range(*np.searchsorted(self.parcel, [parcel, parcel + 1])):
            name, polygon = self.layers[self.layer[row]], int(self.polygon[row])
            yield name, polygon, float(self.area_m2[row]), bool(self.sliver[row])

    def ground(self, parcel: int, layer: str, where: Where) -> Any:
        """Draw what of a parcel lies in the polygons of a layer that possibly fit.

        Parameters
        ----------
        parcel : int
            Which parcel.
        layer : str
            Its name.
        where : mapping of str to (tuple of str)
            As for `area`.

        Returns
        -------
        shapely polygon or multipolygon
            Empty where there is none.
        """
        return self.control.drawn(self.shapes[parcel], layer, self.polygons_of(parcel, layer, where), GRID)

    def without_slivers(self) -> Overlaps:
        """Give the same, as if there were no slivers."""
        kept = ~self.sliver
        parcel, layer, polygon = self.parcel[kept], self.layer[kept], self.polygon[kept]
        return Overlaps(self.control, self.shapes, parcel, layer, polygon, self.area_m2[kept], self.sliver[kept])

    def _rows(self, layer: str) -> Integers:
        if layer not in self._of_layer:
            self._of_layer[layer] = np.flatnonzero(self.layer == self.layers.index(layer))
        return self._of_layer[layer]

    def _area(self, layer: str, rows: Integers) -> Floats:
        """Measure the ground of some rows of a layer, once where polygons overlap each other."""
        area = sums(self.parcel[rows], self.area_m2[rows], self.parcels)
        # One row of a parcel overlaps no other.
        some = rows[np.bincount(self.parcel[rows], minlength=self.parcels)[self.parcel[rows]] > 1]
        if len(some):
            hit, place = np.unique(self.polygon[some], return_inverse=True)
            some = some[self.control.shared(layer, hit)[place]]
        parcel, first, count = np.unique(self.parcel[some], return_index=True, return_counts=True)
        for one, start, number in zip(parcel, first, count, strict=True):
            if number > 1:
                mine = some[start : start + number]
                once = shapely.area(self.control.drawn(self.shapes[one], layer, self.polygon[mine]))
                area[one] += once - self.area_m2[mine].sum()
        return all_or_part(area, self.shapes)
