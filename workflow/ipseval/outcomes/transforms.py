"""What derivations from other results share: the result they are of, and bands."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..config.refs import Ref
from ..errors import InputError
from ..lazy import np, pd
from .derivation import Derivation

KnownResult = Annotated[str, Ref("known_before")]


class OfAnother(Derivation):
    """A derivation from another result."""

    of: KnownResult = Field(
        description="Covariate or outcome declared before, or a column of every trial."
    )


def refuse_bands(cuts: list, labels: list[str]) -> None:
    """Raise ValueError if cuts do not ascend, or if there is not one label a band."""
    if sorted(set(cuts)) != cuts:
        raise ValueError("cuts have to ascend")
    if len(labels) != len(cuts) + 1:
        raise ValueError(f"{len(cuts)} cuts make {len(cuts) + 1} bands: one label each")


def bands(
    name: str, cuts: list | np.ndarray, values: np.ndarray, missing: np.ndarray, labels: list[str]
) -> pd.Series:
    """Return the band of each value: the number of cuts at or below it, as its label.

    Raises InputError for a cut that leaves the first or the last band empty.
    """
    band = np.searchsorted(np.asarray(cuts), values, side="right")
    known = band[~missing]
    for end in (0, len(labels) - 1):
        if len(known) and not (known == end).any():
            raise InputError(
                f"nobody is in the band '{labels[end]}': its cut lies outside the values",
                rule=f"{name}.cuts",
                remedy="move the cut, or take the band out",
            )
    return texts(band, missing, labels)


def texts(place: np.ndarray, missing: np.ndarray, labels: list[str]) -> pd.Series:
    """Return labels by place, missing where the value is."""
    labelled = pd.Series(np.asarray(labels, dtype=object)[place], dtype="str")
    return labelled.mask(missing)
