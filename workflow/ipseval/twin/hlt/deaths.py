"""Records end with the life of a person."""

import pandas as pd

# Table -> the person's true number, the day on which a record begins, days on which it may end.
RECORDS = {
    "benefit_spells": ("nino", "start", ["end"]),
    "outpatients": ("nhs_number", "apptdate", []),
    "accident_and_emergency": ("nhs_number", "arrivaldate", []),
    "admitted_care": ("nhs_number", "admidate", ["epistart", "epiend", "disdate"]),
    "community_contacts": ("nhs_number", "care_contact_date", []),
    "mental_health_contacts": ("nhs_number", "care_contact_date", []),
    "iapt_contacts": ("nhs_number", "care_contact_date", []),
}


def end_with_death(
    tables: dict[str, pd.DataFrame], truth: pd.DataFrame, withdrawn: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Return tables without the records that would begin after a death; others end on its day.

    `truth` has each person's true numbers. Nobody else's record changes, nor its number.
    """
    died = withdrawn.loc[withdrawn["kind"] == "death", ["recruit_id", "happened_on"]]
    died = died.merge(truth, on="recruit_id")
    ended = {}
    for name, table in tables.items():
        number, begin, ends = RECORDS[name]
        death = died.set_index(number)["happened_on"].reindex(table[number]).set_axis(table.index)
        ended[name] = table.assign(
            **{end: table[end].mask(_open_or_later(table[end], death), death) for end in ends}
        )[~(table[begin] > death)].reset_index(drop=True)
    return ended


def _open_or_later(end: pd.Series, death: pd.Series) -> pd.Series:
    """Return which days are later than a death, or missing where there is one."""
    return death.notna() & ~(end <= death)
