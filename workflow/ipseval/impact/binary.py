"""Models of a binary outcome: average marginal effect, margins and coefficients."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from ..arms import CODES
from ..config.models import Covariate
from ..lazy import np
from .adjusted import CoefficientModel
from .design import INTERACTION
from .logit import NoMaximumError
from .samples import described_sample, samples
from .table import inference

if TYPE_CHECKING:
    from ..lazy import pd
    from .logit import Logit
    from .samples import AnalysisSample
    from .settings import EstimationSettings


class BinaryModel(CoefficientModel):
    """A logit, however it is fitted."""

    interaction: Covariate | None = Field(
        None,
        description="0/1 column that is interacted with treatment; adds a margin for each arm "
        "and value of it.",
    )

    @property
    def interacts_with(self) -> str | None:
        """The column that is interacted with treatment, and has margins."""
        return self.interaction

    @property
    def must_be_known(self) -> list[str]:
        """Columns of people without which nobody enters the estimate."""
        return [*super().must_be_known, *([self.interaction] if self.interaction else [])]

    @abstractmethod
    def fit(
        self, sample: AnalysisSample, name: str
    ) -> tuple[AnalysisSample, Logit, dict[str, int]]:
        """Return the people used, the logit of a sample's only outcome, and people lost by level.

        People are lost where a level of a covariate predicts the outcome perfectly.
        """

    def estimates(
        self,
        members: pd.DataFrame,
        values: np.ndarray,
        names: list[str],
        settings: EstimationSettings,
        units: dict[str, str],
    ) -> Iterator[dict[str, object]]:
        """Yield the average marginal effect of each outcome, and what else is asked for.

        Means are of everybody whose outcome is known, also of people left out as perfectly
        predicted. Where the likelihood has no maximum the rows are there without an estimate, and
        the log says so.
        """
        for sample in samples(members, values, self):
            everybody = np.ones(len(sample.people), dtype=bool)
            for i, y in enumerate(sample.outcomes.T):
                name = names[sample.positions[i]]
                try:
                    used, fit, dropped = self.fit(sample.part(everybody, i), name)
                except NoMaximumError as problem:
                    settings.say(f"{name}: not estimated, for {problem.problem}")
                    yield from self._without_estimate(sample.part(everybody, i), name, units[name])
                    continue
                shared = {
                    "outcome": name,
                    "position": int(sample.positions[i]),
                    "n": len(used.people),
                    "n_treatment": int(used.treated.sum()),
                    "n_control": int(used.controls.sum()),
                    "dropped_n": used.dropped,
                }
                (value, error), df = fit.average_marginal_effect(), fit.effect_df()
                means = described_sample(sample, y, value, units[name])
                yield means | shared | inference(value, error, df, settings.level)
                if self.interaction:
                    for row in _margins(fit, self.interaction, settings.level):
                        yield shared | row
                if self.coefficients:
                    for row in _coefficients(fit, dropped, settings.level):
                        yield shared | row

    def _without_estimate(
        self, sample: AnalysisSample, name: str, unit: str
    ) -> Iterator[dict[str, object]]:
        """Yield the rows of an outcome whose likelihood has no maximum: people, and no estimate."""
        means = described_sample(sample, sample.outcomes[:, 0], np.nan, unit)
        shared: dict[str, object] = {
            "outcome": name,
            "position": int(sample.positions[0]),
            **{key: means[key] for key in ("n", "n_treatment", "n_control")},
            "dropped_n": sample.dropped,
        }
        yield {**means, **shared}
        if self.interaction:
            yield from (
                shared | {"term": margin_term(arm, self.interaction, other), "unit": "proportion"}
                for other, arm in _MARGINS
            )
        if self.coefficients:
            names = self.design(sample, name).names
            yield from (shared | {"term": f"log odds {n}", "unit": "log odds"} for n in names)


# Values of the interacted column and of arm that have a margin.
_MARGINS = [(other, arm) for other in (0, 1) for arm in CODES.values()]


def margin_term(arm: int, interaction: str, other: int) -> str:
    """Return the term of a predicted share."""
    return f"margin arm={arm}, {interaction}={other}"


def _margins(fit: Logit, interaction: str, level: float) -> Iterator[dict[str, object]]:
    for other, arm in _MARGINS:
        if not {interaction, f"{INTERACTION}{interaction}"} <= set(fit.names):
            # The column or its product predicts perfectly and is left out, with people.
            yield {"term": margin_term(arm, interaction, other), "unit": "proportion"}
            continue
        values = {"arm": arm, interaction: float(other)}
        (value, error), df = fit.margin_and_error(**values), fit.df(fit.margin(**values)[1])
        yield {
            "term": margin_term(arm, interaction, other),
            "unit": "proportion",
            **inference(value, error, df, level),
        }


def _coefficients(fit: Logit, dropped: dict[str, int], level: float) -> Iterator[dict[str, object]]:
    """Yield log odds, and how many people each column left out had predicted perfectly."""
    errors, contrasts = fit.std_errors, np.eye(len(fit.names))
    for i, (name, value) in enumerate(zip(fit.names, fit.coefficients, strict=True)):
        row = inference(float(value), float(errors[i]), fit.df(contrasts[i]), level)
        yield {"term": f"log odds {name}", "unit": "log odds", **row}
    for name, people in dropped.items():
        yield {"term": f"perfectly predicted {name}", "unit": "log odds", "dropped_n": people}
