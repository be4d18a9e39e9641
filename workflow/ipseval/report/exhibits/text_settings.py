"""Rules and instruments stated in the running text, as the configuration holds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ...config.base import Decimals, Section
from ...config.exhibits import TableExhibit
from ...config.refs import Place
from ...disclosed import Class
from ...lazy import pd
from ..cells import by_panel, cell
from ..formats import grouped, number_of, stated

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class StatedSetting(Section):
    """Where the configuration holds what a statement says."""

    at: str = Field(
        pattern=r"^\w+(/[^/]+)+$",
        description="Keys that lead to it, such as trial/randomisation/block_sizes; those of an "
        "instrument begin with `instruments`. An entry of a list is named, or numbered from 0.",
    )
    counted: bool = Field(False, description="Whether the statement says how many there are.")
    where: dict[str, str] = Field(
        default_factory=dict,
        description="Of a list: key -> value that those counted have, or have among theirs.",
    )
    ends_before: bool = Field(
        False, description="Whether the statement gives the last whole number before it."
    )
    times: float = Field(1, description="Factor, such as 100 for a share in percent.")
    by_month: bool = Field(False, description="Whether a date is given as a month.")
    unit: str = Field(description="Unit.")
    decimals: Decimals = Field(0, description="Decimals printed.")
    statistic: str = Field("count", description="Statistic, as the published figure has it.")
    group: str = Field("total", description="Panel, as the published figure has it.")
    arm: str = Field("all", description="Column, as the published figure has it.")
    held: float | None = Field(None, description="Filled in by the workflow; not to be declared.")

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """The keys lead to a number or a date, or to what can be counted."""
        if self.held is not None:
            yield "held", "the workflow fills it in; leave it out"
        try:
            self.read(place.config)
        except (LookupError, AttributeError, TypeError, ValueError) as problem:
            yield "at", f"no number or date there: {problem}"

    def read(self, config: TrialConfig) -> float:
        """Return the number that the configuration holds."""
        found = _at(config, self.at)
        if self.counted or self.where:
            return float(sum(_meets(one, self.where) for one in found))
        value = self.times * number_of(str(found), self.by_month)
        return value - 1 if self.ends_before else value


class TextSettings(TableExhibit):
    """Rules and instruments stated in the running text, as the configuration holds them.

    They are compared with what the run was configured by, and stand nowhere a second time.
    """

    kind: Literal["text_settings"]
    disclosure: ClassVar[Class | None] = "no data"
    declared: ClassVar[bool] = True
    settings: dict[str, StatedSetting] = Field(
        default_factory=dict, description="Statement -> where the configuration holds it."
    )
    percentiles: dict[str, float] = Field(
        default_factory=dict,
        description="Statement -> effect in standard deviations; the number is the percentile to "
        "which it moves the median of a normal distribution.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.settings or self.percentiles):
            raise ValueError("give settings or percentiles")
        return self

    def resolved(self, config: TrialConfig) -> Self:
        """Return it with the numbers that the configuration holds."""
        held = {
            name: setting.model_copy(update={"held": setting.read(config)})
            for name, setting in self.settings.items()
        }
        return self.model_copy(update={"settings": held})

    def cells(self, data: Data) -> pd.DataFrame:
        """One row a statement; panel the group it is about, column the arm."""
        from scipy.special import ndtr

        cells = []
        for name, setting in self.settings.items():
            value = setting.read(data.config) if setting.held is None else setting.held
            printed = stated(value, setting.unit, setting.decimals)
            keys = (setting.group, name, setting.arm, setting.statistic)
            source = f"config: {setting.at.replace('/', '.')}"
            cells.append(cell(*keys, value, printed, setting.unit, pd.NA, source=source))
        for name, effect in self.percentiles.items():
            value = 100 * float(ndtr(effect))
            keys = ("total", name, "all", "percentile")
            source = f"config: normal distribution at {effect:g}"
            cells.append(cell(*keys, value, grouped(value), "percentile", pd.NA, source=source))
        return by_panel(cells)


def _at(config: TrialConfig, keys: str) -> Any:
    """Return what stands at some keys of the declarations, or of the instruments."""
    first, *rest = keys.split("/")
    if first == "instruments":
        from ...outcomes.instruments import INSTRUMENTS
        from ..fidelity import IPS25

        found: Any = {**INSTRUMENTS, "ips25": IPS25}
    else:
        found = getattr(config, first)
    for key in rest:
        found = _inside(found, key)
    return found


def _inside(found: Any, key: str) -> Any:
    if isinstance(found, Mapping):
        return found[key]
    if isinstance(found, list | tuple):
        if key.isdigit():
            return found[int(key)]
        return {getattr(one, "name", None): one for one in found}[key]
    return getattr(found, key)


def _meets(one: Any, where: Mapping[str, str]) -> bool:
    values = {key: getattr(one, key) for key in where}
    return all(
        wanted in values[key] if isinstance(values[key], list) else values[key] == wanted
        for key, wanted in where.items()
    )
