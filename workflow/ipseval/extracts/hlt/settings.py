"""config/trials/hlt/twin.yaml, typed."""

from pydantic import Field

from ...config.base import Section

GROUPS = ["scr_iw", "scr_oow", "wmca_oow"]
ARMS = {"treatment": 1, "control": 0}


class Recruitment(Section):
    """When people came."""

    first_month: str = Field(description="First month, YYYY-MM.")
    shares: list[float] = Field(description="Share of recruits by month.")
    refused: float = Field(ge=0, lt=1, description="People refused for each recruit.")


class Identifiers(Section):
    """Damage done to the National Insurance number, as shares of people."""

    missing: float = Field(ge=0, lt=1, description="Not given.")
    invalid_format: float = Field(ge=0, lt=1, description="A character short.")
    mistyped: float = Field(ge=0, lt=1, description="Well formed, but of nobody.")


class Records(Section):
    """Shape of the PAYE records."""

    never_in_rti: dict[str, float] = Field(description="Group -> share of people with no record.")
    second_job: float = Field(ge=0, lt=1, description="Share of jobs with an overlapping one.")
    last_day: str = Field(description="Last day of the extract, ISO date.")


class Pay(Section):
    """Log-normal monthly pay."""

    median: float = Field(gt=0, description="Median, GBP a month.")
    spread: float = Field(gt=0, description="Standard deviation of the logarithm.")


class FoundWork(Section):
    """What makes a person the one who is employed; chance has weight 1."""

    employability: float = Field(description="Weight of latent employability.")
    prior_weeks: float = Field(description="Weight of a week employed in the two years before.")


class Calibration(Section):
    """The model whose estimates are planted."""

    covariates: list[str] = Field(description="Covariates of the reference model.")
    employment_windows: dict[str, tuple[float, float]] = Field(
        description="Analysis group -> window of the effect, percentage points."
    )


class Ledger(Section):
    """Shape of the provider ledger."""

    categories: dict[str, float] = Field(description="Category -> share of cost.")
    first_quarter: str = Field(description="First day of the first quarter.")
    quarters: int = Field(ge=1, description="Quarters of delivery.")


class Interviews(Section):
    """Interviews of the process evaluation."""

    table: str = Field(description="Published table of their number.")
    sites: dict[str, str] = Field(description="Site -> panel of that table.")
    types: list[str] = Field(description="Types of respondent: rows of that table.")
    waves: list[str] = Field(description="First day of each wave of fieldwork.")


class Survey(Section):
    """One survey wave: how many respond, when and how."""

    table: str = Field(description="Published table of achieved samples.")
    row: str = Field(description="Row of that table.")
    months: int = Field(ge=1, description="Months after randomisation at which it is issued.")
    modes: dict[str, float] = Field(description="Mode -> share of interviews.")


class GroupSessions(Section):
    """Sessions of the treated people of one group."""

    mean: float = Field(gt=0, description="Mean sessions of a person with a record.")
    long: float = Field(ge=0, le=1, description="Share of sessions over 15 minutes.")
    within_week: float = Field(ge=0, le=1, description="Share with a session within a week.")


class Sessions(Section):
    """Management information of the providers."""

    table: str = Field(description="Published table of people with a record.")
    row: str = Field(description="Row of that table.")
    groups: dict[str, GroupSessions] = Field(description="Group -> shape of its sessions.")


class TwinSettings(Section):
    """config/trials/hlt/twin.yaml."""

    recruitment: Recruitment = Field(description="When people came.")
    areas: dict[str, dict[str, float]] = Field(description="Group -> area -> share.")
    sites: dict[str, str] = Field(description="Group -> site.")
    single_choice: dict[str, str] = Field(description="Column -> published table of margins.")
    multiple_choice: dict[str, str] = Field(description="Prefix -> published table of margins.")
    exclusive: list[str] = Field(description="Answers of a multiple choice that stand alone.")
    corrected_bases: dict[str, dict[str, int]] = Field(
        default_factory=dict, description="Column -> group -> base in place of a misprint."
    )
    loadings: dict[str, float] = Field(
        default_factory=dict, description="Column -> correlation with employability."
    )
    ages: dict[str, tuple[int, int]] = Field(description="Age band -> youngest, oldest.")
    identifiers: Identifiers = Field(description="Damage to identifiers.")
    records: Records = Field(description="Shape of the PAYE records.")
    pay: dict[str, Pay] = Field(description="Group -> pay.")
    employed_13_weeks: dict[str, dict[str, float]] = Field(
        description="Group -> arm -> share employed 13 weeks or more."
    )
    found_work: FoundWork = Field(description="Who is employed.")
    calibration: Calibration = Field(description="Reference model.")
    withdrawals: dict[str, int] = Field(description="Kind -> people.")
    surveys: dict[str, Survey] = Field(description="Table -> survey wave.")
    sessions: Sessions = Field(description="Management information.")
    interviews: Interviews = Field(description="Interviews of the process evaluation.")
    ledger: Ledger = Field(description="Shape of the ledger.")
