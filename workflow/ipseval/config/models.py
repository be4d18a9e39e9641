"""config/trials/<trial>/models.yaml: families of impact models, and tests of several at once."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, cast, get_args

from pydantic import Field, model_validator

from ..kinds import ESTIMATORS
from .base import Fraction, Name, Printed, Section, suggest
from .refs import Place, Ref
from .timing import measured_after, tables_behind
from .units import is_money

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ..impact.randomisation import Allocations, Contrast
    from ..impact.samples import AnalysisSample
    from ..impact.settings import EstimationSettings
    from .declared import TrialConfig

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
    """A model of the effect of treatment: an estimator and the options that it takes.

    An estimator is a module of impact/estimators with a class that inherits from this one. The
    class declares its options as fields and what else it can do as class variables; checks,
    refusals and docs/reference/estimators.md are made from them.
    """

    # Option of other estimators -> why this one does not take it, and what to use.
    refused: ClassVar[dict[str, str]] = {}
    # Covariances with which it has an influence function, so that it can be appraised.
    influence_with: ClassVar[tuple[str, ...]] = ()
    # Covariances with which its statistic can be computed under other allocations.
    redrawn_with: ClassVar[tuple[str, ...]] = ()
    # Whether it estimates effects in the levels of a subgroup, with a joint test.
    by_subgroup: ClassVar[bool] = False
    # Whether it can test that sites have one effect.
    by_site: ClassVar[bool] = False
    # Outcomes that it takes: any number, yes or no, or counts.
    takes: ClassVar[Literal["number", "yes or no", "count"]] = "number"
    # Whether its effect can be that of one unit more of a dose.
    takes_dose: ClassVar[bool] = False

    label: Printed = Field(description="Name as printed.")
    estimator: str = Field(description="Name of the estimator.")
    outcomes: list[OwnOutcome] = Field(
        default_factory=list, description="Outcomes of the family that it is for; all if absent."
    )

    @model_validator(mode="before")
    @classmethod
    def _refuse_options_of_others(cls, given: Any) -> Any:
        for key in given if isinstance(given, dict) else ():
            if key not in cls.model_fields:
                others = [name for name, other in estimators().items() if key in other.model_fields]
                reason = cls.refused.get(key) or (others and f"an option of {listed(others)}")
                if reason:
                    raise ValueError(f"estimator {cls.name()} takes no `{key}`: {reason}")
        return given

    @model_validator(mode="after")
    def _clusters_its_errors(self) -> Self:
        covariance = str(getattr(self, "covariance", ""))
        if covariance.startswith("CR") and not self.clustered_by:
            raise ValueError(
                f"covariance {covariance} needs `cluster`, the column of people by which errors "
                "are clustered"
            )
        if self.clustered_by and not covariance.startswith("CR"):
            raise ValueError(
                f"`cluster` has no effect with covariance {covariance or 'of its own'}; use "
                f"{listed([c for c in self.covariances() if c.startswith('CR')])}"
            )
        if covariance == "CR2" and self.weighted_by:
            raise ValueError("CR2 takes no `weight`: use CR1")
        return self

    @classmethod
    def name(cls) -> str:
        """Return the name of the estimator."""
        return get_args(cls.model_fields["estimator"].annotation)[0]

    @classmethod
    def covariances(cls) -> tuple[str, ...]:
        """Return the covariances that it takes; none where its standard errors are its own."""
        field = cls.model_fields.get("covariance")
        return get_args(field.annotation) if field else ()

    @property
    def has_influence(self) -> bool:
        """Whether `influence` can be asked for."""
        return getattr(self, "covariance", None) in self.influence_with

    @property
    def can_be_redrawn(self) -> bool:
        """Whether it can be re-randomised; with other arms in it, together with all comparisons."""
        return getattr(self, "covariance", None) in self.redrawn_with

    @property
    def compares_sites(self) -> bool:
        """Whether `site_tests` can be asked for."""
        return self.by_site

    @property
    def weighted_by(self) -> str | None:
        """The weight, a column of people."""
        return None

    @classmethod
    def cannot_take(cls, unit: str) -> str:
        """Return why it does not take outcomes of a unit, or nothing."""
        if cls.takes == "yes or no" and unit != "proportion":
            return (
                f"estimator {cls.name()} takes yes or no of each person (unit proportion), and the "
                f"unit is {unit}; use estimator ols"
            )
        if cls.takes == "count" and unit == "proportion":
            return f"estimator {cls.name()} takes counts, and the outcome is yes or no"
        if cls.takes == "count" and is_money(unit):
            return f"estimator {cls.name()} takes counts, and the unit is {unit}; use estimator ols"
        return ""

    @property
    def clustered_by(self) -> str | None:
        """The column of people that errors are clustered by."""
        return getattr(self, "cluster", None)

    @property
    def keeps_other_arms(self) -> bool:
        """Whether arms that a group does not compare are in the model, with a dummy each."""
        return getattr(self, "other_arms", "left_out") == "modelled"

    @property
    def interacts_with(self) -> str | None:
        """The column that is interacted with treatment, and has margins."""
        return None

    @property
    def gives_coefficients(self) -> bool:
        """Whether there is a row for every coefficient."""
        return False

    @property
    def must_be_known(self) -> list[str]:
        """Columns of people without which nobody enters the estimate."""
        return [name for name in (self.weighted_by, self.clustered_by) if name]

    def adjusted_for(self, outcome: str) -> list[str]:
        """Return the covariates of the model of one outcome."""
        return []

    def alike(self, outcomes: list[str]) -> list[list[str]]:
        """Return the outcomes that the model is for, in sets with the same covariates."""
        sets: dict[tuple[str, ...], list[str]] = {}
        for name in outcomes:
            if not self.outcomes or name in self.outcomes:
                sets.setdefault(tuple(self.adjusted_for(name)), []).append(name)
        return list(sets.values())

    @abstractmethod
    def estimates(
        self,
        members: pd.DataFrame,
        values: np.ndarray,
        names: list[str],
        settings: EstimationSettings,
        units: dict[str, str],
    ) -> Iterator[dict[str, object]]:
        """Yield the rows of outcomes (n x m) of the members (n) of a group.

        `names` (m) are the outcomes, which share the covariates of the model; a row's `position`
        says which column it is of.
        """

    def influence(self, sample: AnalysisSample, outcome: str) -> tuple[AnalysisSample, np.ndarray]:
        """Return the people used, and the influence of each (n) on the effect on one outcome.

        Its sum of squares is the squared standard error.
        """
        raise NotImplementedError(f"estimator {self.estimator} has no influence function")

    def redrawn_statistics(
        self, sample: AnalysisSample, outcome: str, allocations: Allocations
    ) -> np.ndarray:
        """Return t of treatment of the outcomes under other allocations (draws x m)."""
        raise NotImplementedError(f"estimator {self.estimator} cannot be re-randomised")

    def contrast_statistics(
        self, sample: AnalysisSample, outcome: str, arms: np.ndarray, contrast: Contrast
    ) -> np.ndarray:
        """Return t of a contrast of arms under allocations of all of them (draws x m)."""
        raise NotImplementedError(f"estimator {self.estimator} cannot be re-randomised")

    def subgroup_effects(
        self, members: pd.DataFrame, subgroup: str, outcome: str, level: float, unit: str
    ) -> Iterator[dict[str, object]]:
        """Yield a row a level of a subgroup, and one for the test that all have one effect."""
        raise NotImplementedError(f"estimator {self.estimator} estimates no subgroups")

    def site_tests(
        self, members: pd.DataFrame, outcome: str, spec: Homogeneity
    ) -> Iterator[dict[str, object]]:
        """Yield the rows of the tests that sites have one effect."""
        raise NotImplementedError(f"estimator {self.estimator} does not compare sites")


def estimators() -> dict[str, type[Model]]:
    """Return every estimator that there is, by name; refusals and docs ask, and no job."""
    return {name: cast(type[Model], ESTIMATORS.declared_by(name)) for name in ESTIMATORS.names}


def takers(capability: str) -> str:
    """Return in words which estimators have a capability (a class variable of Model)."""
    able = []
    for name, estimator in estimators().items():
        says = getattr(estimator, capability)
        if says:
            able.append(name if says is True else f"{name} with covariance {listed(says)}")
    return "estimator " + ", or ".join(able)


def listed(names: Sequence[str]) -> str:
    """Return names in words: "a, b or c"."""
    return " or ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


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
        False, description="Estimate under every linkage method; it is the subgroup of the rows."
    )
    subgroups: list[Covariate] = Field(
        default_factory=list,
        description="Covariates whose levels are compared: the effect in each level, by "
        "interaction with treatment, and a joint test that all are equal.",
    )
    homogeneity: Homogeneity | None = Field(
        None,
        description="Also test, for each model whose estimator can, that sites have one effect.",
    )
    timepoint: str = Field(
        "", description="Time point of the outcomes, for example 12_months; the file's if absent."
    )
    groups: list[AnalysisGroup] = Field(
        default_factory=list, description="Analysis groups of trial.yaml; the file's if absent."
    )
    models: dict[Name, Annotated[Model, ESTIMATORS]] = Field(
        min_length=1, description="Models by name."
    )

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """Groups and a time point are there, and each estimator can do what is asked of it."""
        yield from _not_given(self)
        trial = place.config.trial
        for key, model in self.models.items():
            where = f"models.{key}"
            if trial.randomisation.cluster and not model.clustered_by:
                able = [c for c in model.covariances() if c.startswith("CR")]
                use = (
                    f"covariance {listed(able)} with cluster: cluster" if able else "estimator ols"
                )
                yield where, f"clusters were randomised, so people are not independent; use {use}"
            for name in self.groups:
                group = trial.groups.get(name)
                if group is not None and group.dose and not model.takes_dose:
                    yield (
                        where,
                        f"group '{name}' is a trend, which takes {takers('takes_dose')}",
                    )
            for name in model.outcomes or self.outcomes:
                unit = place.config.outcomes.units.get(name)
                if unit is not None and (reason := model.cannot_take(unit)):
                    yield where, f"outcome '{name}': {reason}"
            yield from self._weighted_for_others(key, model, place.config)
        for name in self.outcomes:
            spec = place.config.outcomes.derived.get(name)
            if spec is not None and not self.by_month and (what := spec.other_than_number(place)):
                yield (
                    "outcomes",
                    f"'{name}' is {what}, and the effect on it is a difference of numbers; derive "
                    "a number from it in outcomes.yaml",
                )
        if self.by_month and place.config.outcomes.months is None:
            yield "by_month", "by_month needs months in outcomes.yaml"

    def _weighted_for_others(
        self, key: str, model: Model, config: TrialConfig
    ) -> Iterator[tuple[str, str]]:
        """Yield the outcomes that are not of the survey whose answers a weight makes up for."""
        weight = config.outcomes.weights.get(model.weighted_by or "")
        surveys = tables_behind(config, weight.responded) if weight else set()
        for name in (model.outcomes or self.outcomes) if surveys else ():
            tables = tables_behind(config, name)
            if tables and tables.isdisjoint(surveys):
                yield (
                    f"models.{key}",
                    f"weight '{model.weighted_by}' is for answers in {', '.join(sorted(surveys))}, "
                    f"and '{name}' is from {', '.join(sorted(tables))}",
                )

    @property
    def has_one_row(self) -> bool:
        """Whether a group, outcome and model has one row: no months, ways of linking or levels."""
        return not (self.by_month or self.by_linkage or self.subgroups)

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        if bool(self.by_month) + bool(self.by_linkage) + bool(self.subgroups) > 1:
            raise ValueError("a family has by_month, by_linkage or subgroups, not two of them")
        if self.subgroups and not all(m.by_subgroup for m in self.models.values()):
            raise ValueError(f"subgroups are estimated with {takers('by_subgroup')}")
        if self.homogeneity and self.homogeneity.group not in self.groups:
            raise ValueError("homogeneity needs its group among the groups")
        if self.homogeneity and not any(m.compares_sites for m in self.models.values()):
            raise ValueError(
                f"homogeneity needs a model without interaction of {takers('by_site')}"
            )
        return self


class Hypotheses(Section):
    """Outcomes of one family whose effects are tested."""

    family: Annotated[str, Ref("families")] = Field(description="Family that declares the model.")
    model: Annotated[str, Ref("models")] = Field(
        description="Model of that family; for westfall_young one that can be re-randomised."
    )
    term: str = Field("arm", description="Term of that model whose p-value is meant.")
    outcomes: list[Annotated[str, Ref("family_outcomes")]] = Field(
        min_length=1, description="Outcomes of that family."
    )

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """A hypothesis is about one row, and not every estimator can be re-randomised."""
        family = place.config.models.families.get(self.family)
        if family is None:
            return
        if not family.has_one_row:
            yield "family", f"'{self.family}' has more than one row"
        model = family.models.get(self.model)
        redrawn = "westfall_young" in place.named("methods")
        apart = redrawn and place.named("together") != "all"
        if apart and model is not None and model.keeps_other_arms:
            yield (
                "model",
                f"model '{self.model}' keeps other arms, which westfall_young draws anew only "
                "with  together: all",
            )
        if redrawn and model is not None and not model.can_be_redrawn:
            yield (
                "model",
                f"model '{self.model}' cannot be re-randomised; westfall_young needs "
                f"{takers('redrawn_with')}",
            )


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
        le=100_000,
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
        if "westfall_young" in self.methods and self.together != "all":
            groups = place.config.trial.groups
            for name in self.groups:
                if name in groups and groups[name].dose:
                    yield (
                        "groups",
                        f"'{name}' is a trend, whose arms westfall_young draws anew only with  "
                        "together: all",
                    )
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
    confidence_level: Annotated[Fraction, Field(ge=0.5)] = Field(
        0.95, description="Level of intervals."
    )
    star_levels: list[Fraction] = Field(
        default_factory=lambda: [0.10, 0.05, 0.01],
        max_length=3,
        description="P-values below which one, two and three stars are printed.",
    )
    families: dict[Name, Family] = Field(min_length=1, description="Families by name.")
    tests: dict[Name, JointTests] = Field(
        default_factory=dict, description="Hypotheses tested together, by name."
    )

    def unknown_in_line(
        self, name: str, model: str, outcome: str | None
    ) -> Iterator[tuple[str, str]]:
        """Yield what of a line of estimates is not known: a model of a family, or a method of
        tests, and an outcome that it has. Nothing where `name` is neither family nor tests.
        """
        known: list[str]
        if name in self.tests:
            known, outcomes = list(self.tests[name].methods), self.tests[name].outcomes
        elif name in self.families:
            family = self.families[name]
            own = family.models[model].outcomes if model in family.models else []
            known, outcomes = list(family.models), own or family.outcomes
        else:
            return
        if model not in known:
            yield "model", f"unknown name '{model}'{suggest(model, known)}"
        if outcome not in outcomes:
            yield "outcome", f"unknown name '{outcome}'{suggest(str(outcome), outcomes)}"

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
        """What is shared is used, and estimates are adjusted for what came before treatment."""
        yield from self._held_constant(place)
        estimated = [*self.families.values(), *self.tests.values()]
        for key in SHARED:
            shared = getattr(self, key)
            if shared and all(getattr(part, key) != shared for part in estimated):
                yield key, "every family and all tests give their own; remove it here"

    def _held_constant(self, place: Place) -> Iterator[tuple[str, str]]:
        """Yield what a family adjusts for, or compares levels of, and cannot: what treatment may
        have moved, dates, and several columns at once. What is received has to be a number.
        """
        derived, after = place.config.outcomes.derived, measured_after(place.config)
        for key, family in self.families.items():
            used = [("subgroups", name) for name in family.subgroups]
            for model_key, model in family.models.items():
                where = f"models.{model_key}"
                own = {name for outcome in family.outcomes for name in model.adjusted_for(outcome)}
                own |= {model.interacts_with} if model.interacts_with else set()
                used += [(where, name) for name in sorted(own)]
                received = getattr(model, "received", None)
                if received in derived and (what := derived[received].other_than_number(place)):
                    yield (
                        f"families.{key}.{where}.received",
                        f"'{received}' is {what}, and what is received is a number",
                    )
            for where, name in used:
                if name in after:
                    yield (
                        f"families.{key}.{where}",
                        f"'{name}' is measured after randomisation ({after[name]}), so treatment "
                        "may have moved it; use a covariate that was measured before",
                    )
                if name in derived and not derived[name].is_number_or_category(place):
                    what = derived[name].other_than_number(place)
                    yield (
                        f"families.{key}.{where}",
                        f"'{name}' is {what}, and neither a number nor a category; derive one from "
                        "it in outcomes.yaml",
                    )

    @model_validator(mode="after")
    def _stars_ask_for_more_and_more(self) -> Self:
        if self.star_levels != sorted(set(self.star_levels), reverse=True):
            raise ValueError("star_levels fall: one star has the highest p-value, three the lowest")
        return self

    @model_validator(mode="after")
    def _names_are_distinct(self) -> Self:
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
        families = {key: spec for key, spec in self.families.items() if key in names}
        named = [(h.family, h.model) for spec in tests.values() for h in spec.hypotheses]
        rest = self.with_models([pair for pair in named if pair[0] not in families]).families
        # What was shared stands in each; that others share it too is nothing that they depend on.
        mine = {"groups": [], "timepoint": "", "families": families | rest, "tests": tests}
        return self.model_copy(update=mine)

    def with_models(self, named: Iterable[tuple[str, str]]) -> Models:
        """Return the families of (family, model) with those models alone, and no tests.

        Nor do the families test that sites have one effect, which other models might.
        """
        named = set(named)
        families = {}
        for key, family in self.families.items():
            models = {name: m for name, m in family.models.items() if (key, name) in named}
            if models:
                families[key] = family.model_copy(update={"models": models, "homogeneity": None})
        mine = {"groups": [], "timepoint": "", "families": families, "tests": {}}
        return self.model_copy(update=mine)

    @property
    def estimators_used(self) -> list[str]:
        """Estimators that the models use, sorted."""
        return sorted({m.estimator for f in self.families.values() for m in f.models.values()})
