"""Which polygons of a control layer a condition means."""

from __future__ import annotations

from collections.abc import Iterable

# The values that count, by column.
Where = tuple[tuple[str, tuple[str, ...]], ...]


def as_where(pairs: Iterable[tuple[str, str]]) -> Where:
    """Bring a choice of polygons to the form in which conditions keep it.

    Parameters
    ----------
    pairs : iterable of (str, str)
        A column, and the values that count, with ``|`` between them.

    Returns
    -------
    tuple of (str, tuple of str)
        By column.

    Raises
    ------
    ValueError
        Where a column stands twice, or a value is empty.

    Examples
    --------
    >>> as_where([("zone", "core | buffer"), ("kind", "basic")])
    (('kind', ('basic',)), ('zone', ('core', 'buffer')))
    """
    chosen: dict[str, tuple[str, ...]] = {}
    for column, text in pairs:
        values = tuple(value.strip() for value in text.split("|"))
        if column in chosen:
            raise ValueError(f"names {column} twice")
        if not column or "" in values:
            raise ValueError(f"{column}={text} leaves a value empty")
        chosen[column] = values
    return tuple(sorted(chosen.items()))


def ground_text(layer: str, where: Where) -> str:
    """Write a control layer, and the choice of its polygons, as conditions have it."""
    return ", ".join([f'"{layer}"', *(f'{column}="{"|".join(values)}"' for column, values in where)])
