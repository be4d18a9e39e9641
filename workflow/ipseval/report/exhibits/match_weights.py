"""Match weights of agreement and disagreement by field in a probabilistic pass."""

from __future__ import annotations

from textwrap import shorten
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
        from ..style import BLUE, GREY, ORANGE, new_figure

        figure, axes = new_figure(height=1.0 + 0.24 * len(cells), grid="x")
        # Levels that were never seen have weights without a floor; a bar need not show how low.
        values = cells["value"].clip(-15, 20)
        colours = [BLUE if value >= 0 else ORANGE for value in values]
        y = np.arange(len(cells))
        axes.barh(y, values, color=colours, height=0.7)
        axes.axvline(0, color=GREY, linewidth=0.8)
        names = [
            f"{data.label(line.panel)}: {shorten(line.row, 48)}" for line in cells.itertuples()
        ]
        axes.set_yticks(y, names, fontsize=7)
        axes.set_ylim(len(cells) - 0.4, -0.6)
        axes.set_xlabel("Match weight, bits: evidence for (right) or against (left) one person")
        best = cells.loc[cells["value"].idxmax()]
        fields = cells["panel"].nunique()
        text = f"Match weights of {fields} fields; the largest is {best['printed']} for "
        return figure, f"{text}{best['row'][0].lower()}{best['row'][1:]}."
