"""config/trials/<trial>/models.yaml: families of impact models, and tests of several at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from .base import Printed, Section
from .refs import Place, Ref

OwnOutcome = Annotated[str, Ref("own_outcomes")]
Covariate = Annotated[str, Ref("covariates")]
AnalysisGroup = Annotated[str, Ref("groups")]

# Keys that stand at the top of the file for all families and tests that do not give them.
SHARED = ("groups", "timepoint")

METHODS = {
    "hochberg": "Hochberg's step-up",
    "benjamini_hochberg": "Benjamini and Hochberg, false discovery rate",
    "westfall_young": "Westfall and Young's step-down, re-randomised",
}


class Model(Section):
    """One estimator of the effect of treatment."""

    label: Printed = Field(description="Name as printed.")
    estimator: Literal["ols", "lin", "logit", "firth", "zinb", "iv", "lee", "imputation"] = Field(
        description="ols: least squares; lin: covariates centred and interacted with treatment "
        "(Lin 2013); logit: average marginal effect of treatment; firth: the "
        "same of a logit penalised for small samples (Firth 1993); zinb: effect on the mean of a "
        "zero-inflated negative binomial count; iv: effect of the treatment "
        "`received`, with the arm as instrument; lee: bounds for people whose outcome is not "
        "known (Lee 2009); imputation: least squares after multiple imputation."
    )
    covariance: Literal["classical", "HC0", "HC1", "HC2", "HC3"] = Field(
        description="Covariance of the coefficients; for a logit HC1 is HC0 times N/(N-1)."
    )
    covariates: list[Covariate] = Field(
        default_factory=list,
        description="Baseline covariates or columns of people.parquet; text becomes dummies.",
    )
    baseline: dict[OwnOutcome, Covariate] = Field(
        default_factory=dict,
        description="Outcome -> covariate that is its own value at baseline, added for it alone.",
    )
    weight: Annotated[str, Ref("weights")] | None = Field(
        None, description="Weight column of outcomes.yaml, for outcomes of a survey."
    )
    received: Covariate | None = Field(
        None, description="iv: the treatment received, a column of people.parquet."
    )
    outcomes: list[OwnOutcome] = Field(
        default_factory=list, description="Outcomes of the family that it is for; all if absent."
    )
    interaction: Covariate | None = Field(
        None,
        description="logit and firth: 0/1 column that is interacted with treatment; adds a margin "
        "for each arm and value of it.",
    )
    coefficients: bool = Field(
        False, description="logit, firth and zinb: also a row for every coefficient."
    )
    imputations: int = Field(20, ge=2, description="imputation: number of completed data sets.")

    @model_validator(mode="after")
    def _fits_the_estimator(self):
        if self.estimator in ("logit", "zinb", "iv") and self.covariance in ("HC2", "HC3"):
            raise ValueError(f"estimator {self.estimator} takes covariance classical, HC0 or HC1")
        binary = self.estimator in ("logit", "firth")
        if self.interaction and not binary:
            raise ValueError("interaction is for estimators logit and firth")
        if self.coefficients and not (binary or self.estimator == "zinb"):
            raise ValueError("coefficients are for estimators logit, firth and zinb")
        if self.estimator == "firth" and self.covariance != "classical":
            raise ValueError("estimator firth takes covariance classical")
        if (binary or self.estimator in ("zinb", "lee")) and self.weight:
            raise ValueError(f"estimator {self.estimator} takes no weight; use ols")
        if self.estimator == "lee" and (self.covariates or self.baseline):
            raise ValueError("estimator lee compares trimmed means and takes no covariates")
        if self.estimator == "lin" and not self.covariates:
            raise ValueError("estimator lin needs covariates to interact")
        if (self.estimator == "iv") != (self.received is not None):
            raise ValueError("estimator iv needs `received`, and no other estimator takes it")
        return self

    def alike(self, outcomes: list[str]) -> list[list[str]]:
        """Return the outcomes that the model is for, in sets with the same covariates."""
        sets = {}
        for name in outcomes:
            if not self.outcomes or name in self.outcomes:
                sets.setdefault(self.baseline.get(name), []).append(name)
        return list(sets.values())

    def adjusted_for(self, outcome: str) -> list[str]:
        """Return the covariates of the model of one outcome."""
        own = self.baseline.get(outcome)
        return [*self.covariates, own] if own else self.covariates


class Homogeneity(Section):
    """Whether one effect holds at all sites of a group, before they are pooled."""

    group: str = Field(description="Group that pools the sites.")
    site: Covariate = Field(description="Column of people.parquet that tells the sites apart.")


class Family(Section):
    """Outcomes estimated together; one job and one CSV."""

    label: Printed = Field(description="Name as printed.")
    outcomes: list[Annotated[str, Ref("estimable")]] = Field(
        min_length=1, description="Outcomes, or measures of months.parquet where by_month."
    )
    by_month: bool = Field(False, description="Estimate for every month of months.parquet.")
    by_linkage: bool = Field(
        False, description="Estimate under every way of linking; it is the subgroup of the rows."
    )
    subgroups: list[Covariate] = Field(
        default_factory=list,
        description="Covariates whose levels are compared: the effect in each level, by "
        "interaction with treatment, and a joint test that all are equal.",
    )
    homogeneity: Homogeneity | None = Field(
        None, description="Also test, for each logit, that sites have one effect."
    )
    timepoint: str = Field(
        "", description="Time point of the outcomes, for example 12_months; the file's if absent."
    )
    groups: list[AnalysisGroup] = Field(
        default_factory=list, description="Analysis groups of trial.yaml; the file's if absent."
    )
    models: dict[str, Model] = Field(min_length=1, description="Models by name.")

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """Groups and a time point are there, and estimates by month have person-months."""
        yield from _not_given(self)
        if self.by_month and place.config.outcomes.months is None:
            yield "by_month", "by_month needs months in outcomes.yaml"

    @property
    def has_one_row(self) -> bool:
        """Whether a group, outcome and model has one row: no months, ways of linking or levels."""
        return not (self.by_month or self.by_linkage or self.subgroups)

    @model_validator(mode="after")
    def _is_of_one_kind(self):
        if bool(self.by_month) + bool(self.by_linkage) + bool(self.subgroups) > 1:
            raise ValueError("a family has by_month, by_linkage or subgroups, not two of them")
        if self.subgroups and any(m.estimator != "ols" for m in self.models.values()):
            raise ValueError("subgroups are estimated with estimator ols")
        logits = any(m.estimator == "logit" for m in self.models.values())
        if self.homogeneity and (not logits or self.homogeneity.group not in self.groups):
            raise ValueError("homogeneity needs a logit, and its group among the groups")
        return self


class Hypotheses(Section):
    """Outcomes of one family whose effects are tested."""

    family: Annotated[str, Ref("families")] = Field(description="Family that declares the model.")
    model: Annotated[str, Ref("models")] = Field(
        description="Model of that family; of estimator ols for westfall_young."
    )
    term: str = Field("arm", description="Term of that model whose p-value is meant.")
    outcomes: list[Annotated[str, Ref("family_outcomes")]] = Field(
        min_length=1, description="Outcomes of that family."
    )

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """A hypothesis is about one row, and re-randomisation about least squares."""
        family = place.config.models.families.get(self.family)
        if family is None:
            return
        if not family.has_one_row:
            yield "family", f"'{self.family}' has more than one row"
        model = family.models.get(self.model)
        resampled = "westfall_young" in place.named("methods") and model is not None
        if resampled and not (
            model.estimator == "ols" and model.covariance in ("classical", "HC0", "HC1")
        ):
            yield "model", f"model '{self.model}' is not ols with classical, HC0 or HC1"


class JointTests(Section):
    """Hypotheses tested together; one job and one CSV.

    The CSV has a row for each group, outcome and method, with the method as the model, the
    unadjusted p-value in p_value and the adjusted one in p_adjusted.
    """

    label: Printed = Field(description="Name as printed.")
    groups: list[AnalysisGroup] = Field(
        default_factory=list, description="Analysis groups of trial.yaml; the file's if absent."
    )
    hypotheses: list[Hypotheses] = Field(min_length=1, description="What is tested together.")
    together: Literal["group", "all"] = Field(
        "group", description="group: those of a group; all: those of all groups at once."
    )
    methods: list[Literal["hochberg", "benjamini_hochberg", "westfall_young"]] = Field(
        min_length=1, description="Adjustments for testing several hypotheses."
    )
    draws: int = Field(
        10_000,
        ge=99,
        description="Re-randomisations for westfall_young, which also gives the p-value of "
        "randomisation inference.",
    )
    timepoint: str = Field(
        "", description="Time point of the outcomes, for example 12_months; the file's if absent."
    )

    @property
    def outcomes(self) -> list[str]:
        """Outcomes of all hypotheses, in order."""
        return [outcome for hypotheses in self.hypotheses for outcome in hypotheses.outcomes]

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """Groups and a time point are there, and an outcome is tested once."""
        yield from _not_given(self)
        named = self.outcomes
        for outcome in sorted({name for name in named if named.count(name) > 1}):
            yield "hypotheses", f"outcome '{outcome}' is named twice"


def _not_given(estimated: Family | JointTests) -> Iterator[tuple[str, str]]:
    for key in SHARED:
        if not getattr(estimated, key):
            yield key, f"needs `{key}`, here or at the top of models.yaml for all"


class Models(Section):
    """config/trials/<trial>/models.yaml."""

    groups: list[AnalysisGroup] = Field(
        default_factory=list, description="Analysis groups of families and tests that give none."
    )
    timepoint: str = Field("", description="Time point of families and tests that give none.")
    confidence_level: float = Field(0.95, gt=0, lt=1, description="Level of intervals.")
    star_levels: list[float] = Field(
        default_factory=lambda: [0.10, 0.05, 0.01],
        description="P-values below which one, two and three stars are printed.",
    )
    families: dict[str, Family] = Field(min_length=1, description="Families by name.")
    tests: dict[str, JointTests] = Field(
        default_factory=dict, description="Hypotheses tested together, by name."
    )

    @model_validator(mode="before")
    @classmethod
    def _share(cls, data: Any) -> Any:
        """Give families and tests what they leave to the file, so that each stands for itself."""
        if not isinstance(data, dict):
            return data
        shared = {key: data[key] for key in SHARED if key in data}
        parts = {key: data[key] for key in ("families", "tests") if isinstance(data.get(key), dict)}
        return data | {
            key: {
                name: shared | given if isinstance(given, dict) else given
                for name, given in declared.items()
            }
            for key, declared in parts.items()
        }

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """What is shared is used."""
        estimated = [*self.families.values(), *self.tests.values()]
        for key in SHARED:
            shared = getattr(self, key)
            if shared and all(getattr(part, key) != shared for part in estimated):
                yield key, "every family and all tests give their own; remove it here"

    @model_validator(mode="after")
    def _names_are_distinct(self):
        twice = sorted(set(self.families) & set(self.tests))
        if twice:
            raise ValueError(f"a family and tests are both called {', '.join(twice)}")
        return self

    @property
    def names(self) -> list[str]:
        """Families and tests; each has a job and a CSV."""
        return [*self.families, *self.tests]

    def only(self, *names: str) -> Models:
        """Return the declarations that some families, or sets of tests, depend on."""
        tests = {key: spec for key, spec in self.tests.items() if key in names}
        used = {h.family for spec in tests.values() for h in spec.hypotheses} | set(names)
        families = {key: spec for key, spec in self.families.items() if key in used}
        # What was shared stands in each; that others share it too is nothing that they depend on.
        mine = {"groups": [], "timepoint": "", "families": families, "tests": tests}
        return self.model_copy(update=mine)
