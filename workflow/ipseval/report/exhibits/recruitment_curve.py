"""People randomised by month, with key dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field

from ...config.exhibits import FigureExhibit
from ...config.refs import Place
from ...disclosed import MONTH, Class, Counts, Sum, key
from ...lazy import np, pd
from ..cells import as_frame, cell, source_of
from ..formats import grouped
from ..groups import trial_groups_in
from ..style import COLOURS, GREY, HATCHES, SMALL, key_above, new_figure, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

    from ...config.declared import TrialConfig
    from ..data import Data


FREQUENCY = {"month": "M", "quarter": "Q"}


def _months_of(period: str) -> list[str]:
    """Return the months of a month or a quarter, as texts."""
    whole = pd.Period(period)
    return [str(m) for m in pd.period_range(whole.start_time, whole.end_time, freq="M")]


def _named(period: pd.Period) -> str:
    """Return a month or a quarter in words: May 2018, the quarter from April 2018."""
    start = period.start_time.strftime("%B %Y")
    return start if period.freqstr == "M" else f"the quarter from {start}"


class RecruitmentCurve(FigureExhibit):
    """People randomised by month or quarter, with key dates."""

    kind: Literal["recruitment_curve"]
    disclosure: ClassVar[Class | None] = "frequencies"
    reads: ClassVar[tuple[str, ...]] = ("people",)
    by: Literal["month", "quarter"] = Field("month", description="Period of a column.")

    def coarser(self) -> Self | None:
        """Return the exhibit by quarter; months are not so long."""
        return self.model_copy(update={"by": "quarter"}) if self.by == "month" else None

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """People randomised in a period."""
        months = "|".join(_months_of(cell.row))
        return Counts("frequencies", "count", key([cell.panel]).met({MONTH: months}))

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """The day of randomisation is known."""
        yield from super().problems(place)
        person = place.config.trial.person
        if person.randomised_at is None and person.randomised_on is None:
            yield "kind", "the trial declares no day of randomisation"

    def sums(self, cells: pd.DataFrame, config: TrialConfig) -> list[Sum]:
        """Everybody of a trial group was randomised in one period, and in one month of it."""
        found: list[Sum] = []
        for group, part in cells.groupby("panel", sort=False):
            own = key([group])
            periods = [_months_of(row) for row in part["row"]]
            found.append((own, [own.met({MONTH: "|".join(months)}) for months in periods]))
            found += [
                (own.met({MONTH: "|".join(months)}), [own.met({MONTH: one}) for one in months])
                for months in periods
                if len(months) > 1
            ]
        return found

    def cells(self, data: Data) -> pd.DataFrame:
        """People randomised by calendar month or quarter; panel trial group, row period."""
        people, frequency = data.people, FREQUENCY[self.by]
        month = people["randomised_on"].dt.to_period(frequency)
        months = pd.period_range(month.min(), month.max(), freq=frequency)
        groups = trial_groups_in(data, people)
        counts = pd.crosstab(people["trial_group"], month).reindex(columns=months, fill_value=0)
        return as_frame(
            [
                cell(
                    group,
                    str(m),
                    "randomised",
                    "count",
                    n,
                    grouped(n),
                    "recruits",
                    n,
                    source=source_of("people", trial_group=group, column="randomised_on"),
                )
                for group in groups
                for m, n in counts.loc[group].items()
            ]
        )

    def draw(self, cells: pd.DataFrame, data: Data) -> tuple[Figure, str]:
        """Stacked columns by period, with the trial's milestones."""
        frequency, each = FREQUENCY[self.by], f"{self.by}s"
        wide = cells.pivot(index="row", columns="panel", values="value")
        wide = wide[list(dict.fromkeys(cells["panel"]))]
        figure, axes = new_figure(height=3.6)
        x, base = np.arange(len(wide)), np.zeros(len(wide))
        for i, group in enumerate(wide):
            heights = wide[group].fillna(0).to_numpy()
            axes.bar(
                x,
                heights,
                bottom=base,
                color=COLOURS[i],
                hatch=HATCHES[i],
                edgecolor="white",
                linewidth=0.5,
                label=data.label(group),
            )
            base = base + heights
        names = pd.PeriodIndex(wide.index, freq=frequency)
        # A quarter is named by its first month, and the year under the first of each.
        # The scale goes on to the last milestone.
        ends = [pd.Timestamp(m.date).to_period(frequency) for m in data.config.trial.milestones]
        periods = pd.period_range(names[0], max([names[-1], *ends]), freq=frequency)
        begins = periods.asfreq("M", how="start")
        first = [i for i, p in enumerate(begins) if i == 0 or p.month % 3 == 1]
        step = max(1, len(first) // 8)
        first = [i for i in first[::step] if not 0 < i < 2]
        years = [begins[i].year for i in first]
        texts = [
            begins[i].strftime("%b") + ("" if k and years[k - 1] == years[k] else f"\n{years[k]}")
            for k, i in enumerate(first)
        ]
        axes.set_xticks(first, texts)
        axes.set_ylabel("People randomised")
        gone = wide.isna().any(axis=1).to_numpy()
        for place in x[gone]:
            axes.annotate("[c]", (place, base[place]), ha="center", va="bottom", fontsize=SMALL)
        top = base.max() or 1.0
        axes.set_ylim(0, top * 1.3)
        for milestone in data.config.trial.milestones:
            date = pd.Timestamp(milestone.date)
            within = date.to_period(frequency)
            days = (date - within.start_time).days / (31 if self.by == "month" else 92)
            place = (within - names[0]).n + days - 0.5
            axes.axvline(place, color=GREY, linestyle="--", linewidth=1)
            right = place > len(x) / 2
            axes.annotate(
                f"{wrapped(milestone.label, 1.3)}\n{date.day} {date.strftime('%b %Y')}",
                (place, top * 1.28),
                xytext=(-4 if right else 4, 0),
                textcoords="offset points",
                ha="right" if right else "left",
                va="top",
                fontsize=SMALL,
                color=GREY,
            )
        if len(wide.columns) > 1:
            totals = [grouped(wide[group].sum(skipna=False)) for group in wide]
            known = [f"{data.label(g)} (n = {n})" for g, n in zip(wide, totals, strict=True)]
            key_above(figure, axes.get_legend_handles_labels()[0], known)
        peak = int(np.argmax(base))
        description = (
            f"{grouped(base.sum())} people were randomised over {len(x)} {each}; the most, "
            f"{grouped(base[peak])}, in {_named(names[peak])}. Column chart."
        )
        if gone.any():
            description = (
                f"People were randomised over {len(x)} {each}, of which {gone.sum()} lack numbers "
                "that are withheld. Column chart."
            )
        return figure, description
