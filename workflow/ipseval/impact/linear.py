"""Models that are linear in the outcome, so that outcomes of one sample share their work."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .adjusted import WeightedModel
from .samples import described_sample, samples
from .table import inference

if TYPE_CHECKING:
    from ..lazy import np, pd
    from .least_squares import Effects
    from .samples import AnalysisSample
    from .settings import EstimationSettings


class LinearModel(WeightedModel):
    """A model whose effects are linear in the outcome."""

    @abstractmethod
    def effects(self, sample: AnalysisSample, outcome: str) -> Effects:
        """Return the effects on the outcomes of a sample, with the covariates of one of them."""

    def estimates(
        self,
        members: pd.DataFrame,
        values: np.ndarray,
        names: list[str],
        settings: EstimationSettings,
        units: dict[str, str],
    ) -> Iterator[dict[str, object]]:
        """Yield one row an outcome."""
        for sample in samples(members, values, self):
            effects = self.effects(sample, names[0])
            for i, position in enumerate(sample.positions):
                value, error = float(effects.estimate[0, i]), float(effects.std_error[0, i])
                name, y = names[position], sample.outcomes[:, i]
                yield {
                    "outcome": name,
                    "position": int(position),
                    **inference(value, error, effects.df, settings.level),
                    **described_sample(sample, y, value, units[name]),
                    "dropped_n": sample.dropped,
                }
