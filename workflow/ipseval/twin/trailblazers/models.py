"""The logits of Annex E: samples, columns, and the printed cells they are to print."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..published import Published

SITES = ["north_east", "west_london", "blackpool"]
HEALTH = {
    "recovery_anxiety": "gad7",
    "recovery_depression": "phq9",
    "reliable_improvement_anxiety": "gad7",
    "reliable_improvement_depression": "phq9",
    "improvement_anxiety": "gad7",
    "improvement_depression": "phq9",
}
OFF = [f"off_benefits_{months}_months" for months in (3, 6, 9, 12)]
END = "has_come_off_benefits"
CONTROLS = {
    True: {"north_east": 101, "west_london": 29, "blackpool": 42},
    False: {"north_east": 231, "west_london": 84, "blackpool": 76},
}
BENEFITS = ["ica", "is", "jsa", "uc", "ib", "pib", "rp", "sda"]
EXHIBITS = {
    **{f"annex-e-recovery-{s}": "main" for s in ("full", "north-east", "west-london", "blackpool")},
    **{
        f"annex-e-secondary-{s}": "main" for s in ("full", "north-east", "west-london", "blackpool")
    },
    **{
        f"annex-e-off-benefits-{s}": "main"
        for s in ("full", "north-east", "west-london", "blackpool")
    },
    "annex-e-subgroup-motivation-anxiety": "motivation",
    "annex-e-subgroup-motivation-depression": "motivation",
    "annex-e-subgroup-motivation-benefits": "motivation",
    "annex-e-subgroup-time-on-benefits": "onbenefit",
}
ROWS = {
    "age_at_randomisation": "age",
    "motivation_score": "motivation",
    "motivation_baseline": "motivation",
    "baseline_score": "baseline",
    "gad7_baseline": "baseline",
    "phq9_baseline": "baseline",
    "at_above_median_motivation_1": "above",
    "at_above_median_onbenefit_1": "above",
    "treatment_x_at_above_median_motivation_1": "treatment_above",
    "treatment_x_at_above_median_onbenefit_1": "treatment_above",
}
# Columns that are not dummies.
LINEAR = {
    "age",
    "motivation",
    "baseline",
    "time_since_randomisation",
    "prior_benefit_days",
    "constant",
}
MARGINS = {
    "margin_control_below_median_": (0, 0),
    "margin_treatment_below_median_": (1, 0),
    "margin_control_at_above_median_": (0, 1),
    "margin_treatment_at_above_median_": (1, 1),
}


@dataclass(frozen=True)
class PrintedLogit:
    """One column of one regression table; split is main, motivation or onbenefit."""

    exhibit: str
    panel: str
    outcome: str
    split: str
    cells: dict[tuple[str, str], float]  # (row, statistic) -> printed value
    effect: float | None = None  # average marginal effect that prints in every table

    @property
    def name(self) -> str:
        return f"{self.exhibit}|{self.panel}|{self.outcome}"


def read_models(published: Published) -> list[PrintedLogit]:
    """Return every logit of Annex E; published is a `Published` of the trial."""
    models = []
    for exhibit, split in EXHIBITS.items():
        frame = published.table(exhibit)
        for (panel, column), cells in frame.groupby(["panel", "column"], sort=False):
            values = {
                (r.row, r.statistic): r.value for r in cells.itertuples() if not np.isnan(r.value)
            }
            effect = _effect(published, panel, column, values) if split == "main" else None
            models.append(PrintedLogit(exhibit, panel, column, split, values, effect))
    return models


def _effect(
    published: Published, panel: str, outcome: str, cells: dict[tuple[str, str], float]
) -> float:
    """Return the marginal effect in the middle of what Annex E and Tables 6 and 7 allow.

    The printed treatment percentage is the control mean plus the effect, so it narrows it. Where
    the cells cannot all hold, the effect that most of them allow.
    """
    pooled, stem = panel == "pooled", {"r": "6", "o": "6", "i": "7"}[outcome[0]]
    if outcome.startswith("reliable"):
        stem = "7"
    number = {"6": ["1", "2"] if outcome in HEALTH else ["3", "4"], "7": ["1", "2"]}[stem]
    name = f"table-{stem}-{number[0 if pooled else 1]}"
    rows = published.table(name).query("panel == @panel and row == @outcome")
    table = dict(zip(rows["column"], rows["value"], strict=True))
    people = sum(CONTROLS[outcome in HEALTH][s] for s in (SITES if pooled else [panel]))
    control = cells["control_mean", "proportion"]
    control = round(control * people) / people
    printed = cells["marginal_treatment_effect", "proportion"]
    windows = [
        (printed - 0.0005, printed + 0.0005),
        (table["treatment"] / 100 - 0.0005 - control, table["treatment"] / 100 + 0.0005 - control),
        (table["difference"] / 100 - 0.0005, table["difference"] / 100 + 0.0005),
    ]
    tried = np.arange(printed - 0.002, printed + 0.002, 0.00002)
    inside = sum((low < tried) & (tried < high) for low, high in windows)
    return float(np.median(tried[inside == inside.max()]))


def columns(model: PrintedLogit, people: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the columns of a model but the time dummies: name -> values, constant last.

    people: one row a person of the model's sample and site.
    """
    health = model.outcome in HEALTH
    arm = people["arm"].to_numpy(float)
    covariates = {"treatment": arm}
    if model.split != "main":
        above = people[f"above_{model.split}"].to_numpy(float)
        covariates |= {"above": above, "treatment_above": arm * above}
    if health:
        covariates["baseline"] = people[HEALTH[model.outcome]].to_numpy(float)
        covariates["female"] = (people["health_sex"] == "female").to_numpy(float)
        covariates["sex_not_known"] = (people["health_sex"] == "not_known").to_numpy(float)
    else:
        covariates["female"] = (people["dwp_sex"] == "female").to_numpy(float)
    covariates["age"] = people["age"].to_numpy(float)
    covariates["motivation"] = people["motivation"].to_numpy(float)
    if health:
        covariates["time_since_randomisation"] = people["time_since"].to_numpy(float)
    if model.outcome == END:
        benefit = people["benefit"].to_numpy()
        covariates |= {f"benefit_{b}": (benefit == b.upper()).astype(float) for b in BENEFITS}
        covariates["prior_benefit_days"] = people["prior_days"].to_numpy(float)
    if model.panel == "pooled":
        site = people["site"].to_numpy()
        covariates |= {f"site_{s}": (site == s).astype(float) for s in SITES[1:]}
    covariates = {name: values for name, values in covariates.items() if values.any()}
    return covariates | {"constant": np.ones(len(people))}


def sample(model: PrintedLogit, people: pd.DataFrame) -> np.ndarray:
    """Return positions of the people of a model before perfect prediction."""
    inside = people["health" if model.outcome in HEALTH else "benefits"].to_numpy()
    if model.panel != "pooled":
        inside = inside & (people["site"] == model.panel).to_numpy()
    return np.flatnonzero(inside)
