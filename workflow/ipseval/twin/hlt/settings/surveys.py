"""config/trials/hlt/twin/surveys.yaml, typed."""

from typing import Literal

from pydantic import Field

from ....config.base import Section


class Survey(Section):
    """Fieldwork of one survey wave: when it is issued, to how many, how many respond."""

    table: str = Field(description="Published table of achieved samples.")
    row: str = Field(description="Row of that table.")
    months: int = Field(ge=1, description="Months after randomisation at which it falls due.")
    first_issue: str = Field(description="Day on which the first batch is issued, ISO date.")
    field_days: int = Field(ge=1, description="Last day of a batch, counted from its issue.")
    issued: int = Field(ge=1, description="People to whom the survey is issued.")
    modes: dict[str, float] = Field(description="Mode -> share of interviews.")


class Keenness(Section):
    """What makes a person respond; chance has weight 1."""

    age: float = Field(description="Weight of a year of age.")
    problems: float = Field(description="Weight of latent health problems.")
    qualification: float = Field(description="Weight of having a qualification.")
    persistence: float = Field(ge=0, le=1, description="Share of chance common to both waves.")


class SurveyWeights(Section):
    """Non-response weights that percentages are calibrated with."""

    covariates: list[str] = Field(description="Covariates of the logit of response.")
    calibrate: list[str] = Field(description="Covariates raked to.")
    trim: float = Field(gt=1, description="Largest weight in medians.")


class Trait(Section):
    """A latent trait: correlations with what is behind the baseline answers."""

    problems: float = Field(ge=-1, le=1, description="With latent health problems.")
    employability: float = Field(ge=-1, le=1, description="With latent employability.")


class Traits(Section):
    """Latent traits and how they persist."""

    physical: Trait = Field(description="Physical health.")
    mental: Trait = Field(description="Mental health and wellbeing.")
    efficacy: Trait = Field(description="Belief in one's abilities.")
    persistence: float = Field(ge=0, le=1, description="Correlation from baseline to a wave.")


class GradedInstrument(Section):
    """A questionnaire of graded items."""

    trait: str = Field(description="Trait behind the items.")
    loading: float = Field(ge=-1, le=1, description="Correlation of an item with the trait.")
    lowest: int = Field(description="Code of the first answer.")
    shares: list[float] = Field(description="Share of each answer at baseline, in order.")
    items: list[str] = Field(description="Ends of the columns' names.")
    item_shares: dict[str, list[float]] = Field(
        default_factory=dict, description="Item -> shares of its own."
    )
    item_traits: dict[str, str] = Field(
        default_factory=dict, description="Item -> a trait of its own."
    )
    waves: list[int] = Field(description="Months at which it is asked; 0 is the baseline.")
    effect: dict[str, float] = Field(
        description="Group -> effect of treatment, standard deviations of the trait."
    )


class PublishedQuestion(Section):
    """A question whose weighted shares are published."""

    by_group: str = Field(description="Published table whose p-values compare groups.")
    by_arm: str | None = Field(None, description="Published table whose p-values compare arms.")
    alone: str | None = Field(None, description="Answer of a multiple choice that stands alone.")
    silent: float = Field(0, ge=0, lt=1, description="Share of those asked without an answer.")
    unreachable: list[str] = Field(
        default_factory=list,
        description="Panels whose printed p-value the printed percentages cannot have.",
    )
    unnamed: dict[str, float] = Field(
        default_factory=dict, description="Answers outside the printed base -> share."
    )


class Question(Section):
    """A question with declared shares."""

    asked: Literal["working", "had_support", "met_specialist"] = Field(description="Who is asked.")
    answers: list[str] = Field(description="Answers in order.")
    shares: dict[str, dict[str, list[float]]] = Field(
        description="Group -> arm -> weighted share of each answer."
    )


class PlantedContrast(Section):
    """A difference of the impact between two parts of a group, of which the text tells."""

    group: str = Field(description="Analysis group.")
    by: Literal["gender", "baseline"] = Field(
        description="gender: women less men; baseline: those at the middle score of everybody at "
        "baseline or below less those above."
    )
    window: tuple[float, float] = Field(
        description="Window of the difference, control-group standard deviations of the group."
    )


class PlantedScore(Section):
    """A score whose impacts are published."""

    covariates: list[str] = Field(description="Covariates of the reference model.")
    baseline: str | None = Field(
        None, description="Name of the score at baseline, where it is a covariate."
    )
    windows: dict[str, tuple[float, float]] = Field(
        description="Analysis group -> window of the effect, control-group standard deviations."
    )
    contrasts: list[PlantedContrast] = Field(
        default_factory=list, description="Differences between parts of a group."
    )
