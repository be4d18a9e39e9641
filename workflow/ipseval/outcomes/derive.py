"""From linked records to one row a person and one row a person-month."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from ..arms import allocated, leaves_at
from ..arms import randomised as randomised_rows
from ..calendar import as_days
from ..config.names import BEFORE
from ..config.outcomes import Outcomes
from ..config.paye import Paye
from ..config.refs import all_names_in
from ..config.trial import Trial
from ..errors import InputError, counted
from ..linkage.link import PEOPLE
from ..memory import give_back
from .allocation import allocation_of
from .context import DerivationContext, derive_each
from .linked import LinkedSources, Owners, link_when_asked, owners_of
from .months import person_months
from .samples import ASSESSED, FLOW, RANDOMISED, draw_samples
from .weights import QUALITY, replicate_weights, response_weights


@dataclass(frozen=True)
class Derived:
    """What the stage gives: one row a person, a person-month, and two tables of aggregates.

    months_in_parts: yields the months, some people at a time. They are not held together unless
    `months` is asked for, which is all of them.
    weights: quality of the non-response weights, one row a weight, trial group and arm.
    samples: people at each step of each sample, by trial group and arm (samples.FLOW).
    """

    people: pd.DataFrame
    months_in_parts: Callable[[], Iterator[pd.DataFrame]]
    weights: pd.DataFrame
    samples: pd.DataFrame

    @cached_property
    def months(self) -> pd.DataFrame:
        """One row a person and month."""
        return pd.concat(self.months_in_parts(), ignore_index=True)


def derive_outcomes(
    trial: Trial,
    outcomes: Outcomes,
    tables: Mapping[str, pd.DataFrame],
    links: pd.DataFrame,
    linkable: pd.DataFrame,
    say: Callable[[str], object] = str,
    paye: Paye | None = None,
) -> Derived:
    """Return people, months, weights and samples of a trial, no identifiers, by person_id.

    `tables` holds the person table, the trial's own tables that outcomes are derived from, and
    the tables of the linked sources (Outcomes.tables). `say` is told how many records were
    reported again and left out. `paye` has the rules of charges on pay, if any is derived.
    """
    people = _people(trial, tables, links)
    ids, day = people["person_id"], as_days(people["randomised_on"])

    @cache
    def owners(source: str) -> Owners:
        return owners_of(trial.sources[source], source, links, linkable, ids)

    def make(maker: Callable, name: str, spec: Any, source: str) -> Any:
        return maker(spec, tables, owners(source))

    linked = link_when_asked(outcomes, make)
    _tell_repeated(outcomes, linked, say)
    give_back()
    context = context_of(trial, tables, links, people, linked, owners, paye)
    # Joined and never inserted into: of a million people a column more would copy gigabytes.
    derived = pd.DataFrame(derive_each(outcomes.derived, context), copy=False)
    people = pd.concat([people, derived], axis=1)
    give_back()
    quality = [pd.DataFrame(columns=QUALITY)]
    for name, spec in outcomes.weights.items():
        responded = (people[spec.responded] == 1).to_numpy()
        weights, table = response_weights(people, responded, spec, name)
        people = pd.concat([people, pd.DataFrame({name: weights})], axis=1)
        quality.append(table)
        if spec.replicates:
            # By the trial's own number, so that neither rows nor pseudonyms change a draw.
            order = pd.Series(context.record_ids).rank(method="first").to_numpy()
            copies = replicate_weights(people, responded, spec, name, order)
            people = pd.concat([people, copies], axis=1)
    known = {name: linked.employments[name].known for name in outcomes.spells}
    known |= {name: linked.benefits[name].known for name in outcomes.benefits}
    known = {f"in_{name}": speaks for name, speaks in known.items()}
    people = pd.concat([people, pd.DataFrame(known, index=people.index)], axis=1)
    samples, flow = draw_samples(people, outcomes.samples)
    before = never_randomised(tables[trial.person.table], trial)
    if len(before):
        flow = pd.concat([before, flow], ignore_index=True)
    return Derived(
        people=pd.concat([people, pd.DataFrame(samples)], axis=1),
        months_in_parts=partial(person_months, outcomes, ids, day, linked),
        weights=pd.concat(quality[1:] or quality, ignore_index=True),
        samples=flow,
    )


def own_records(links: pd.DataFrame) -> pd.DataFrame:
    """Return the links to the trial's own records."""
    return links[links["source"] == PEOPLE]


def context_of(
    trial: Trial,
    tables: Mapping[str, pd.DataFrame],
    links: pd.DataFrame,
    people: pd.DataFrame,
    linked: LinkedSources,
    owners: Callable[[str], Owners],
    paye: Paye | None,
) -> DerivationContext:
    """Return what derivations can ask for about `people`, who are in order of person_id."""
    rows = own_records(links).sort_values("person_id")
    return DerivationContext(
        day=as_days(people["randomised_on"]),
        known={str(name): values for name, values in people.items()},
        linked=linked,
        owners=owners,
        tables=tables,
        trial=trial,
        record_ids=rows["record_id"],
        paye=paye,
    )


def _tell_repeated(outcomes: Outcomes, linked: LinkedSources, say: Callable[[str], object]) -> None:
    for name in outcomes.spells:
        repeated = linked.employments[name].repeated
        say(f"{name}: {repeated:,} payments reported again, each counted once")
    for name in outcomes.benefits:
        repeated = linked.benefits[name].repeated
        say(f"{name}: {repeated:,} benefit spells recorded again, each counted once")
    for name in outcomes.events:
        repeated = linked.events[name].repeated
        say(f"{name}: {repeated:,} records submitted again, each counted once")


def _people(trial: Trial, tables: Mapping[str, pd.DataFrame], links: pd.DataFrame) -> pd.DataFrame:
    """Return what every trial has of its people, by person_id."""
    spec = trial.person
    people_links = own_records(links)[["person_id", "record_id"]]
    table = tables[spec.table]
    # Who was never randomised has no link either, and is in no result but the flow of people.
    # Of the rest derivations read what they name.
    named = {*all_names_in(trial)}
    table = table[[name for name in table if name in named]]
    table = table[randomised_rows(table, spec)]
    table = table.assign(_arm=allocated(table, spec.arm, spec.table))
    frame = people_links.merge(table, left_on="record_id", right_on=spec.key, how="left")
    frame = frame.sort_values("person_id", ignore_index=True)

    def column(name: str | None, otherwise: str | None) -> pd.Series:
        return frame[name] if name else pd.Series(otherwise, index=frame.index, dtype="str")

    if spec.randomised_at:
        randomised = pd.to_datetime(frame[spec.randomised_at]).dt.normalize()
    else:
        randomised = pd.to_datetime(column(None, spec.randomised_on))
    people = pd.DataFrame(
        {
            "person_id": frame["person_id"],
            "trial_group": column(spec.trial_group, "all"),
            "site": column(spec.site, "all"),
            "area": column(spec.area, "all"),
            "arm": frame["_arm"].astype("int64"),
            "randomised_on": randomised.astype("datetime64[us]"),
            # Administrative records leave nobody out by refusal, so everybody counts once.
            "weight": 1.0,
        }
    )
    at = frame[spec.randomised_at] if spec.randomised_at else randomised
    people = pd.concat([people, allocation_of(trial, frame, at)], axis=1)
    if trial.randomisation.cluster:
        people["cluster"] = _clusters(frame[trial.randomisation.cluster], people, spec.table)
    return people


def _clusters(values: pd.Series, people: pd.DataFrame, table: str) -> pd.Series:
    """Return the cluster of everybody, as text; each was randomised as a whole.

    Raises InputError where one is missing, or has people of two arms or of two strata.
    """
    where: dict[str, Any] = {
        "table": table,
        "column": str(values.name),
        "rule": "randomisation.cluster of trial.yaml",
    }
    if (lost := values.isna()).any():
        raise InputError(
            f"the cluster of {counted(int(lost.sum()), 'person', 'people')} is missing",
            expected="the cluster that each was randomised with",
            remedy="complete the column",
            **where,
        )
    clusters = values.astype("str")
    for column, name in (("arm", "arms"), ("stratum", "strata")):
        several = people.groupby(clusters.to_numpy())[column].nunique() > 1
        if several.any():
            raise InputError(
                f"{counted(int(several.sum()), 'cluster', 'clusters')} of {len(several)} have "
                f"people of several {name}",
                expected="clusters that were randomised whole",
                remedy="correct the data; where people were randomised within sites, leave "
                "randomisation.cluster out, declare the site among strata, and cluster errors by "
                "it in models.yaml if you wish",
                **where,
            )
    return clusters


def never_randomised(table: pd.DataFrame, trial: Trial) -> pd.DataFrame:
    """Return the flow (samples.FLOW) from the rows of the person table to people randomised.

    No row where every row is somebody randomised.
    """
    spec, rows, left = trial.person, [], np.zeros(len(table), dtype=bool)
    if spec.never_randomised:
        rows.append([BEFORE, "all", "all", 0, ASSESSED, len(table)])
        for step, rule in enumerate(spec.never_randomised, start=1):
            mine = leaves_at(table, rule) & ~left
            left |= mine
            rows.append([BEFORE, "all", "all", step, rule.reason, int(mine.sum())])
        last = len(spec.never_randomised) + 1
        rows.append([BEFORE, "all", "all", last, RANDOMISED, int((~left).sum())])
    return pd.DataFrame(rows, columns=FLOW)
