"""Match weights of agreement and disagreement by field in a probabilistic pass."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import FigureExhibit
from ...config.refs import Ref
from ...lazy import np, pd
from ..cells import as_frame, cell, source_of
from ..formats import round_half_up

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..data import Data

# Ends of the scale, in bits.
LOWEST, HIGHEST = -15, 20


# What Splink calls levels of agreement, and what the figure does.
LEVELS = (
    (r"^Exact match$", "exact match"),
    (r"^Exact match on (?:full )?(.*)$", r"same \1"),
    (r"^At most 1 edits or swaps$", "at most 1 edit or swap"),
    (r"^At most ", "at most "),
    (r"^Jaro-Winkler distance >= ", "Jaro-Winkler similarity at least "),
    (r"^Levenshtein distance <= ", "Levenshtein distance at most "),
    (r"^Abs date difference <= 1 (\w+)$", r"within 1 \1"),
    (r"^Abs date difference <= (\d+) (\w+)$", r"within \1 \2s"),
    (r"^Day and ", "day and "),
    (r"^All other comparisons$", "all other pairs"),
)


class MatchWeights(FigureExhibit):
    """Match weights of agreement and disagreement by field in a probabilistic pass."""

    kind: Literal["match_weights"]
    withheld: ClassVar[str] = "Agreement of fields of single pairs may follow from a weight."
    reads: ClassVar[tuple[str, ...]] = ("match_models",)
    model: Annotated[str, Ref("probabilistic_passes")] = Field(
        description="Linked source and pass: source.pass."
    )

    def cells(self, data: Data) -> pd.DataFrame:
        """Match weight log2(m/u) of each level; panel field, row level of agreement."""
        cells = []
        for comparison in data.match_models[self.model]["comparisons"]:
            for level in comparison["comparison_levels"]:
                m, u = level.get("m_probability"), level.get("u_probability")
                if level.get("is_null_level") or m is None or u is None:
                    continue
                weight = float(np.log2(max(m, 1e-12) / max(u, 1e-12)))
                row = level["label_for_charts"]
                keys = (comparison["output_column_name"], row, "match_weight", "coefficient")
                source = source_of(
                    "match_models",
                    **{"pass": self.model},
                    output_column_name=keys[0],
                    label_for_charts=row,
                )
                cells.append(
                    cell(*keys, weight, round_half_up(weight, 1), "bits", pd.NA, source=source)
                )
        return as_frame(cells)

    def draw(self, cells: pd.DataFrame, data: Data) -> tuple[Figure, str]:
        """Bars of match weights, agreement to the right and disagreement to the left of zero."""
        from ..style import BLUE, GREY, ORANGE, SMALL, new_figure, wrapped

        names = [
            wrapped(f"{data.label(c.panel)}: {_level(c.row, c.panel)}", 2.1)
            for c in cells.itertuples()
        ]
        # Rows are as high as their names.
        lines = np.array([name.count("\n") + 1 for name in names])
        y = np.cumsum(lines + 0.5) - (lines + 0.5) / 2
        figure, axes = new_figure(height=0.8 + 0.135 * float((lines + 0.5).sum()), grid="x")
        # Levels that were never seen have weights without a floor; a bar need not show how low.
        values = cells["value"].clip(LOWEST, HIGHEST)
        colours = [BLUE if value >= 0 else ORANGE for value in values]
        axes.barh(y, values, color=colours, height=0.9)
        axes.axvline(0, color=GREY, linewidth=0.8)
        for place, value, line in zip(y, values, cells.itertuples(), strict=True):
            cut = " (truncated)" if not LOWEST <= line.value <= HIGHEST else ""
            # On the other side of zero, where no bar is.
            axes.annotate(
                f"{line.printed}{cut}",
                (0, place),
                xytext=(-4 if value >= 0 else 4, 0),
                textcoords="offset points",
                ha="right" if value >= 0 else "left",
                va="center",
                fontsize=SMALL,
            )
        axes.set_yticks(y, names)
        axes.set_ylim(y[-1] + lines[-1] / 2 + 0.4, -0.3)
        axes.set_xlabel("Match weight, bits: evidence for (right) or\nagainst (left) one person")
        best = cells.loc[cells["value"].idxmax()]
        fields = cells["panel"].nunique()
        text = f"The largest match weight is {best['printed']} bits, for "
        text += f"{data.label(best['panel'])}, {_level(best['row'], best['panel'])}."
        return figure, f"{text} Bar chart of match weights of {fields} fields."


def _level(name: str, field: str) -> str:
    """Return what a level of agreement of a field is called."""
    for own in (field, field.replace("_", " ")):
        name = name.removesuffix(f" on {own}").replace(f" of {own} ", " ")
    for pattern, words in LEVELS:
        name = re.sub(pattern, words, name)
    return name
