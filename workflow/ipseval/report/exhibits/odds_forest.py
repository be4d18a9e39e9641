"""Odds ratios of sites with intervals and weights, the pooled ratio, Q and I squared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import FamilyGroup, FamilyName, FamilyOutcome, FigureExhibit, ModelName
from ...config.refs import Place
from ...disclosed import Class, Counts
from ...disclosed_estimates import of_estimate
from ...lazy import np, pd
from ..cells import as_frame, cell, source_of
from ..formats import p_value, round_half_up
from ..sentences.figures import heterogeneity
from ..style import BLUE, GREY, ORANGE, new_figure, write_right
from ..table_cells import with_quality

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...config.declared import TrialConfig
    from ..data import Data

TERM, HETEROGENEITY = "log odds arm", "heterogeneity"
COCHRAN, SHARE = "Cochran Q", "I squared"


class OddsForest(FigureExhibit):
    """Odds ratios of sites with intervals and weights, the pooled ratio, Q and I squared.

    Panel outcome, row analysis group; column odds_ratio, low, high and weight. The pooled ratio
    weighs log odds ratios by the inverse of their variance, as Q does.
    """

    kind: Literal["odds_forest"]
    disclosure: ClassVar[Class | None] = "correlation and regression"
    of_family: ClassVar[str] = "one_row"
    family: FamilyName = Field(description="Impact family with a test of homogeneity.")
    model: ModelName = Field(description="Logit shown, with coefficients.")
    outcome: FamilyOutcome = Field(description="Outcome shown.")
    sites: list[FamilyGroup] = Field(
        min_length=2, description="Analysis groups, one a site, in order."
    )
    pooled: FamilyGroup = Field(
        description="Analysis group of all sites, which has Q and I squared."
    )

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """The model has coefficients, and the family a test of homogeneity."""
        yield from super().problems(place)
        family = place.config.models.families.get(self.family)
        model = family.models.get(self.model) if family else None
        if model is None or family is None:
            return
        if not model.gives_coefficients:
            yield "model", f"model '{self.model}' gives no coefficients"
        if getattr(family.homogeneity, "group", None) != self.pooled:
            yield (
                "pooled",
                f"family '{self.family}' has no test of homogeneity in '{self.pooled}'",
            )

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Means by arm are shares of people, estimates follow the people of their fit."""
        return of_estimate(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """Odds ratio, interval and weight; panel outcome, row group, and a row of heterogeneity."""
        from scipy.special import ndtri  # Slow to import, and few chapters need it.

        lines = data.impact(self.family)
        lines = lines[(lines["model"] == self.model) & (lines["outcome"] == self.outcome)]
        lines = lines.set_index(["group", "term"])
        sites = lines.loc[[(site, TERM) for site in self.sites]]
        weight = 1 / sites["std_error"].to_numpy() ** 2
        share = 100 * weight / weight.sum()
        quantile = ndtri((1 + data.config.models.confidence_level) / 2)
        rows = [
            *zip(self.sites, sites["estimate"], sites["std_error"], share, sites["n"], strict=True)
        ]
        centre, error = np.average(sites["estimate"], weights=weight), weight.sum() ** -0.5
        rows.append((self.pooled, centre, error, 100.0, int(sites["n"].sum())))
        cells = []
        for row, value, std_error, percent, n in rows:
            source = self._source(self.sites if row == self.pooled else row, TERM)
            for column, log in (
                ("odds_ratio", value),
                ("low", value - quantile * std_error),
                ("high", value + quantile * std_error),
            ):
                ratio = float(np.exp(log))
                keys = (self.outcome, row, column)
                cells.append(
                    cell(
                        *keys,
                        "ratio",
                        ratio,
                        round_half_up(ratio, 2),
                        "odds_ratio",
                        n,
                        source=source,
                    )
                )
            text = round_half_up(percent, 1)
            cells.append(
                cell(
                    self.outcome,
                    row,
                    "weight",
                    "percent",
                    percent,
                    text,
                    "percent",
                    n,
                    source=source,
                )
            )
        return as_frame(cells + self._heterogeneity(lines))

    def _source(self, group: str | list[str], term: str) -> str:
        return source_of(
            "impact", self.family, group=group, outcome=self.outcome, model=self.model, term=term
        )

    def _heterogeneity(self, lines: pd.DataFrame) -> list[dict[str, Any]]:
        q = lines.loc[(self.pooled, COCHRAN)]
        share = 100 * lines.loc[(self.pooled, SHARE), "estimate"]
        statistics = (
            ("q", "statistic", q["statistic"], round_half_up(q["statistic"], 2), "", COCHRAN),
            ("df", "count", q["df"], round_half_up(q["df"], 0), "", COCHRAN),
            ("p_value", "p_value", q["p_value"], p_value(q["p_value"]), "p", COCHRAN),
            ("i_squared", "percent", share, round_half_up(share, 1), "percent", SHARE),
        )
        return [
            cell(
                self.outcome,
                HETEROGENEITY,
                column,
                statistic,
                value,
                text,
                unit,
                q["n"],
                source=self._source(self.pooled, term),
            )
            for column, statistic, value, text, unit, term in statistics
        ]

    def draw(self, cells: pd.DataFrame, data: Data) -> tuple[Figure, str]:
        """Squares as large as their weight, a diamond for all sites, numbers at the right."""

        from matplotlib.patches import Polygon

        value = cells.pivot(index="row", columns="column", values="value")
        texts = cells.pivot(index="row", columns="column", values="printed")
        n = cells.groupby("row")["n"].first()
        rows = [*self.sites, self.pooled]
        figure, axes = new_figure(height=1.5 + 0.35 * len(rows), grid="x")
        text = []
        for y, row in enumerate(rows):
            low, middle, high = value.loc[row, ["low", "odds_ratio", "high"]]
            if row == self.pooled:
                corners = [(low, y), (middle, y - 0.22), (high, y), (middle, y + 0.22)]
                axes.add_patch(Polygon(corners, closed=True, color=ORANGE, zorder=3))
            else:
                axes.plot([low, high], [y, y], color=BLUE, linewidth=1.2)
                size = 3 + 11 * np.sqrt(value.loc[row, "weight"] / 100)
                axes.plot(middle, y, marker="s", color=BLUE, markersize=size)
            printed = texts.loc[row]
            ratio = f"{printed['odds_ratio']} ({printed['low']} to {printed['high']})"
            said = with_quality(f"{ratio}  {printed['weight']}%", n[row], data.low_quality_below)
            write_right(axes, y, said)
            text.append(f"{data.label(row)} {ratio}, weight {printed['weight']}%")
        axes.axvline(1, color=GREY, linewidth=0.9)
        axes.set_xscale("log")
        ends = value.loc[rows, ["low", "high"]].stack().dropna()
        low, high = ends.min() / 2, ends.max() * 2
        ticks = [t for t in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20) if low < t < high]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
        axes.set_yticks(range(len(rows)), [data.label(row) for row in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        known = texts.loc[HETEROGENEITY]
        caption = f"Q = {known['q']} (df = {known['df']}, p = {known['p_value']}), "
        caption += f"I² = {known['i_squared']}%"
        level = f"{data.config.models.confidence_level:.0%}"
        axes.set_xlabel(
            f"Odds ratio (logarithmic scale) with {level} interval, and weight\n{caption}"
        )
        first = heterogeneity(cells, data.words)
        return figure, f"{first} {caption}. Forest plot of odds ratios: {'; '.join(text)}."
