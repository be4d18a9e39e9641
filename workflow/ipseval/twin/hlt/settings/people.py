"""config/trials/hlt/twin/people.yaml, typed."""

from pydantic import Field

from ....config.base import Section


class RecruitmentShares(Section):
    """When people came."""

    first_day: str = Field(description="Day on which recruitment opens, ISO date.")
    shares: list[float] = Field(
        description="Share of recruits by month, from that of the first day on."
    )
    refused: float = Field(ge=0, lt=1, description="People refused for each recruit.")


class NinoDamage(Section):
    """Damage to the National Insurance number, as shares of people."""

    missing: float = Field(ge=0, lt=1, description="Not given.")
    invalid_format: float = Field(ge=0, lt=1, description="A character short.")
    mistyped: float = Field(ge=0, lt=1, description="Well formed, but of nobody.")


class NhsNumberDamage(Section):
    """Damage to the NHS number, as shares of people; the check digit gives the typing away."""

    missing: float = Field(ge=0, lt=1, description="Not given.")
    transposed: float = Field(ge=0, lt=1, description="Two neighbouring digits swapped.")
    mistyped: float = Field(ge=0, lt=1, description="One digit wrong.")


class BirthDamage(Section):
    """Damage to the date of birth, as shares of people."""

    day_month_swapped: float = Field(ge=0, lt=1, description="Where the day can be a month.")
    mistyped: float = Field(ge=0, lt=1, description="Ten days too early or too late.")


class SexDamage(Section):
    """Damage to sex, as shares of people."""

    missing: float = Field(ge=0, lt=1, description="Left out.")
    not_known: float = Field(ge=0, lt=1, description="Entered as not known.")
    wrong: float = Field(ge=0, lt=1, description="The other one entered.")


class NameDamage(Section):
    """Differences between two records of a name, as shares of those it can happen to."""

    married: float = Field(ge=0, lt=1, description="Women under another surname.")
    short_form: float = Field(ge=0, lt=1, description="First name shortened, if it can be.")
    misspelt: float = Field(ge=0, lt=1, description="A letter wrong: of first, of last names.")
    one_of_two: float = Field(ge=0, lt=1, description="Half of a double-barrelled surname.")
    untidy: float = Field(ge=0, lt=1, description="In capitals, small letters or with spaces.")


class PostcodeDamage(Section):
    """Differences between two records of a postcode, as shares of people."""

    missing: float = Field(ge=0, lt=1, description="Not given.")
    moved: float = Field(ge=0, lt=1, description="Moved within the area in between.")
    no_space: float = Field(ge=0, lt=1, description="Without the space.")


class IdentifierDamage(Section):
    """Damage done to identifiers typed at the meeting."""

    nino: NinoDamage = Field(description="National Insurance number.")
    nhs_number: NhsNumberDamage = Field(description="NHS number.")
    date_of_birth: BirthDamage = Field(description="Date of birth.")
    sex: SexDamage = Field(description="Sex.")
    names: NameDamage = Field(description="First and last name.")
    postcode: PostcodeDamage = Field(description="Postcode.")


class StatedSum(Section):
    """A percentage that the text states for several answers of a question together."""

    answers: list[str] = Field(description="Answers.")
    percent: float = Field(ge=0, le=100, description="Percentage of everybody, as printed.")
