"""twin/process.yaml: the process evaluation."""

from pydantic import Field

from ....config.base import Section


class FidelityReviews(Section):
    """Reviews of the fidelity to IPS."""

    table: str = Field(description="Published table of the scores.")
    reviewed_on: dict[str, str] = Field(description="Site -> first day of the visit.")
    days: int = Field(description="Length of a visit.")
    raters: int = Field(description="Members of the team who rated.")


class ProcessInterviews(Section):
    """Interviews of clients, employment specialists and referrers."""

    table: str = Field(description="Published table of the counts.")
    first_day: str = Field(description="First day of fieldwork.")
    days: int = Field(description="Length of fieldwork, days.")
    voucher: float = Field(description="Voucher for a client, GBP.")


class Caseloads(Section):
    """Clients of each employment specialist on the days of the review."""

    clients: dict[str, list[int]] = Field(description="Site -> clients of each specialist.")
