"""twin/calibration.yaml: how the published logits are reached."""

from pydantic import Field

from ....config.base import Section


class Flat(Section):
    """One month of a site in which outcomes are the same for everybody of the sample."""

    site: str = Field(description="Site.")
    month: int = Field(ge=0, description="Month of randomisation, counted from 0.")
    outcomes: dict[str, int] = Field(description="Outcome -> its value.")


class Tolerance(Section):
    """Size of a miss that counts one, by kind of cell."""

    coefficient: float = Field(gt=0)
    constant: float = Field(gt=0)
    error: float = Field(gt=0)
    constant_error: float = Field(gt=0)
    effect: float = Field(gt=0)
    margin: float = Field(gt=0)
    shrink: float | None = Field(None, gt=0, description="Month's total, in standard deviations.")


class Annealing(Section):
    """Search of the outcomes."""

    steps: int = Field(gt=0, description="Steps a round.")
    hot: list[float] = Field(description="Temperature at the start of each round.")
    cold: float = Field(gt=0, description="Temperature at the end of each round.")
    patience: float = Field(gt=0, description="Misses beyond this many tolerances weigh less.")
    tolerance: Tolerance = Field(description="Sizes of misses.")


class Moves(Section):
    """Small changes of covariates."""

    tolerance: Tolerance = Field(description="Sizes of misses.")
    ridge: float = Field(gt=0, description="Price of a change of one unit of scale.")
    patience: list[float] = Field(
        description="For each step: misses of more tolerances than this are given up."
    )
    fine: list[float] = Field(description="The same for the steps after rounding.")
    scale: dict[str, float] = Field(description="Covariate -> size of a usual change.")
    limits: dict[str, tuple[float, float]] = Field(description="Covariate -> lowest, highest.")
    deadzone: dict[str, float] = Field(
        description="Kind of cell -> miss that is not worth a change."
    )


class Calibration(Section):
    """twin/calibration.yaml."""

    stream: int = Field(description="Number of the random streams of the search.")
    spread: dict[str, float] = Field(
        description="Covariate -> sd over the balance samples that gives the printed p-values."
    )
    prior_slope: float = Field(description="Log odds a day on benefit, for which none is printed.")
    annealing: Annealing = Field(description="Search of the outcomes.")
    moves: Moves = Field(description="Changes of covariates.")
