"""twin/calibration.yaml: how the published logits are reached."""

from pydantic import Field

from ....config.base import Section


class Flat(Section):
    """One month of a site in which outcomes are the same for everybody of the sample."""

    site: str = Field(description="Site.")
    month: int = Field(ge=0, description="Month of randomisation, counted from 0.")
    outcomes: dict[str, int] = Field(description="Outcome -> its value.")


class Annealing(Section):
    """Search of the outcomes."""

    steps: int = Field(gt=0, description="Steps a round.")
    hot: list[float] = Field(description="Temperature at the start of each round.")
    cold: float = Field(gt=0, description="Temperature at the end of each round.")
    partners: int = Field(gt=0, description="About how many partners are tried in a step.")
    size: dict[str, float] = Field(
        description="Size of a miss that counts one: of counts and totals of people, effects and"
        " margins; as a share of the printed error for coefficients and errors of dummies, of the"
        " constant and of covariates."
    )


class Moves(Section):
    """Small changes of covariates, and of shares while outcomes are open."""

    open: list[float] = Field(
        description="Price of a usual change in each step with open outcomes."
    )
    whole: int = Field(ge=0, description="Step from which totals become whole numbers.")
    polish: list[float] = Field(description="The same once outcomes are drawn.")
    settle: list[float] = Field(description="The same once scores are whole numbers.")
    fine: list[float] = Field(description="The same once days are, too.")
    trust: float = Field(gt=0, description="Largest change in a step, in usual changes.")
    rounds: int = Field(gt=0, description="Rounds in which variables at a bound are fixed.")
    patience: float = Field(gt=0, description="Miss, in sizes, that weighs half as much.")
    size: dict[str, float] = Field(
        description="Size of a miss that counts one: at most of cells, of coefficients as a share"
        " of the printed error and of errors as a share of themselves, of effects, of margins, of"
        " numbers of people."
    )
    scale: dict[str, float] = Field(description="Covariate, or log odds -> usual change.")
    limits: dict[str, tuple[float, float]] = Field(description="Covariate -> lowest, highest.")


class CalibrationSettings(Section):
    """twin/calibration.yaml."""

    stream: int = Field(description="Number of the random streams of the search.")
    spread: dict[str, float] = Field(
        description="Covariate -> sd over the balance samples that gives the printed p-values."
    )
    prior_slope: float = Field(description="Log odds a day on benefit, for which none is printed.")
    annealing: Annealing = Field(description="Search of the outcomes.")
    moves: Moves = Field(description="Changes of covariates.")
