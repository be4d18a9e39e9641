"""People randomised by month, with key dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ...config.exhibits import FigureExhibit
from ...config.refs import Place
from ...disclosed import MONTH, Class, Counts, Sum, key
from ...lazy import np, pd
from ..cells import as_frame, cell, source_of
from ..formats import grouped
from ..style import COLOURS, GREY, HATCHES, new_figure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

    from ...config.declared import TrialConfig
    from ..data import Data


class RecruitmentCurve(FigureExhibit):
    """People randomised by month, with key dates."""

    kind: Literal["recruitment_curve"]
    disclosure: ClassVar[Class | None] = "frequencies"
    reads: ClassVar[tuple[str, ...]] = ("people",)

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """People randomised in a month."""
        return Counts("frequencies", "count", key([cell.panel]).met({MONTH: cell.row}))

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """The day of randomisation is known."""
        yield from super().problems(place)
        person = place.config.trial.person
        if person.randomised_at is None and person.randomised_on is None:
            yield "kind", "the trial declares no day of randomisation"

    def sums(self, cells: pd.DataFrame, config: TrialConfig) -> list[Sum]:
        """Everybody of a trial group was randomised in one of the months."""
        return [
            (key([group]), [key([group]).met({MONTH: month}) for month in part["row"]])
            for group, part in cells.groupby("panel", sort=False)
        ]

    def cells(self, data: Data) -> pd.DataFrame:
        """People randomised by calendar month; panel trial group, row month."""
        people = data.people
        month = people["randomised_on"].dt.to_period("M")
        months = pd.period_range(month.min(), month.max(), freq="M")
        groups = [g for g in data.config.trial.groups if g in set(people["trial_group"])]
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
        """Stacked columns by month, with the trial's milestones."""
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
        names = pd.PeriodIndex(wide.index, freq="M")
        step = max(1, len(x) // 12)
        axes.set_xticks(
            x[::step], [p.strftime("%b %Y") for p in names[::step]], rotation=45, ha="right"
        )
        axes.set_ylabel("People randomised")
        gone = wide.isna().any(axis=1).to_numpy()
        for place in x[gone]:
            axes.annotate("[c]", (place, base[place]), ha="center", va="bottom", fontsize=7)
        top = base.max() or 1.0
        axes.set_ylim(0, top * 1.22)
        for milestone in data.config.trial.milestones:
            date = pd.Timestamp(milestone.date)
            place = (date.to_period("M") - names[0]).n + (date.day - 1) / 31 - 0.5
            axes.axvline(place, color=GREY, linestyle="--", linewidth=1)
            right = place > len(x) / 2
            axes.annotate(
                f"{milestone.label}\n{date.day} {date.strftime('%b %Y')}",
                (place, top * 1.2),
                xytext=(-4 if right else 4, 0),
                textcoords="offset points",
                ha="right" if right else "left",
                va="top",
                fontsize=8,
                color=GREY,
            )
        if len(wide.columns) > 1:
            axes.legend(frameon=False, ncols=3, loc="upper left", bbox_to_anchor=(0, -0.3))
        peak = int(np.argmax(base))
        description = (
            f"Column chart of {grouped(base.sum())} people randomised over {len(x)} months; "
            f"the most, {grouped(base[peak])}, in {names[peak].strftime('%B %Y')}."
        )
        if gone.any():
            description = (
                f"Column chart of people randomised over {len(x)} months, of which {gone.sum()} "
                "lack numbers that are withheld."
            )
        return figure, description
