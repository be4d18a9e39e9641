"""The declarations of a trial made from its file, as plain data by file."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from ..config.base import suggest
from ..config.names import PEOPLE
from ..errors import InputError, InputErrors, counted
from .looked import NO, YES, DataFile, Looked, as_number, date_formats, declared_name

MOST_ARMS = 12
# Columns of people.parquet that have a meaning of their own, and names of families and tests.
RESERVED = {*PEOPLE, "cluster", "dose", "robustness", "together"}
TABLE = "people"
# Names of columns that number people, by which several rows of one are noticed.
PERSON_NAME = re.compile(
    r"(id|pid|usubjid|subjid|(sub|subj|subject|patient|pat|participant|person|respondent|pt)"
    r"([\s._-]?(id|no|nr|num|number))?)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Asked:
    """What a user says of a trial: its name and the columns of its file, by role."""

    name: str
    person: str
    arm: str
    control: str
    outcomes: tuple[str, ...]
    baseline: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    strata: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    harms: tuple[str, ...] = ()
    cluster: str | None = None
    clusters_randomised: bool = False
    never_randomised: str | None = None
    received: str | None = None
    randomised_at: str | None = None
    events: dict[str, list[str]] = field(default_factory=dict)
    least: dict[str, float] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    several_ids: bool = False
    title: str = ""

    @property
    def adjusted(self) -> tuple[str, ...]:
        """Covariates, among them the categories that nothing else names."""
        named = {*self.covariates, *self.baseline, *self.strata, *self.outcomes, *self.harms}
        named |= {self.cluster or "", self.received or ""}
        return (*self.covariates, *(name for name in self.categories if name not in named))


@dataclass(frozen=True)
class Arm:
    """An arm: its value in the file, its code as declared, its name and its label."""

    value: str
    code: Any
    name: str
    label: str


@dataclass(frozen=True)
class ScaffoldOutcome:
    """Outcome of a trial: its name, unit, declaration, and the covariate of its own baseline."""

    name: str
    unit: str
    declared: dict[str, Any]


class Scaffold:
    """Makes declarations from what a user says and what a file holds."""

    def __init__(self, asked: Asked, sheet: DataFile):
        self.asked, self.sheet = asked, sheet
        self.columns: dict[str, Looked] = {}
        self.used: dict[str, str] = {}
        self._check_roles()
        self.kept = self._randomised_rows()
        self.arms = self._arms()
        self._check_people()
        self._check_clusters()
        self.outcomes = [self._outcome(name) for name in asked.outcomes]
        self.harms = [self._outcome(name, must_be_binary=True) for name in asked.harms]
        self.baseline = {name: self._covariate(name) for name in asked.baseline}
        self.covariates = {name: self._covariate(name) for name in asked.adjusted}
        self.strata = {name: self._covariate(name, as_category=True) for name in asked.strata}

    # what the file holds

    def look(self, name: str) -> Looked:
        """Return what a column holds, once."""
        if name not in self.columns:
            looked = self.sheet.looked(name)
            self.sheet.refuse_answers(looked)
            self.columns[name] = looked
        return self.columns[name]

    def refused(self, problem: str, column: str, **more: Any) -> InputError:
        """Return the error that refuses a column."""
        return InputError(problem, file=Path(self.sheet.path), column=column, **more)

    def _check_roles(self) -> None:
        asked = self.asked
        problems = []
        for name in self._named():
            try:
                self.sheet.at(name)
            except InputError as error:
                problems.append(error)
        roles = {"person": (asked.person,), "arm": (asked.arm,), "outcome": asked.outcomes}
        roles |= {"baseline": asked.baseline, "covariate": asked.covariates}
        roles |= {"stratum": asked.strata, "harm": asked.harms}
        seen: dict[str, str] = {}
        for role, names in roles.items():
            for name in names:
                other = seen.setdefault(name, role)
                allowed = {other, role} in ({"covariate", "stratum"}, {"outcome", "harm"})
                if other != role and not allowed:
                    problems.append(self.refused(f"'{name}' is {other} and {role}", name))
                elif other == role and names.count(name) > 1:
                    problems.append(self.refused(f"'{name}' is named twice as {role}", name))
        for name in (*asked.events, *asked.least):
            if name not in (*asked.outcomes, *asked.harms):
                known = [*asked.outcomes, *asked.harms]
                problems.append(
                    self.refused(
                        f"--event is about '{name}', which is no outcome or harm"
                        f"{suggest(name, known)}",
                        name,
                        expected="COLUMN=VALUE or COLUMN>=NUMBER, of an outcome or a harm",
                    )
                )
        called: dict[str, str] = {}
        for name in dict.fromkeys((*asked.outcomes, *asked.adjusted, *asked.baseline)):
            other = called.setdefault(result_name(name), name)
            if other != name:
                problems.append(
                    self.refused(
                        f"the columns '{other}' and '{name}' would have one name, "
                        f"'{result_name(name)}'",
                        name,
                        remedy="rename one of them in the file",
                    )
                )
        if problems:
            raise problems[0] if len(problems) == 1 else InputErrors(problems)

    def _named(self) -> list[str]:
        asked = self.asked
        single = [asked.cluster, asked.received, asked.randomised_at]
        several = [
            *asked.categories,
            *asked.outcomes,
            *asked.baseline,
            *asked.covariates,
            *asked.strata,
        ]
        return [
            asked.person,
            asked.arm,
            *several,
            *asked.harms,
            *(name for name in single if name),
        ]

    def _randomised_rows(self) -> list[int]:
        """Return the rows that have an arm; refuse rows without unless it is said what they are."""
        values = self.look(self.asked.arm).values
        arm = [value.strip() for value in self.sheet.column(self.asked.arm)]
        kept = [place for place, value in enumerate(arm) if value in values]
        lost = [place + 1 for place, value in enumerate(arm) if value not in values]
        if lost and self.asked.never_randomised is None:
            raise self.refused(
                f"the arm is missing in {counted(len(lost), 'row', 'rows')}",
                self.asked.arm,
                rows=lost,
                expected="the arm that each was randomised to",
                remedy="complete it, or, if these rows are of nobody randomised, say so: "
                "--never-randomised 'Why they were not'",
            )
        return kept

    def _arms(self) -> list[Arm]:
        looked = self.look(self.asked.arm)
        codes = looked.codes
        column = self.asked.arm
        folded: dict[str, str] = {}
        raw = {v for v in self.sheet.column(column) if v.strip() in looked.values}
        for value in sorted(raw):
            alike = unicodedata.normalize("NFKC", " ".join(value.split())).casefold()
            other = folded.setdefault(alike, value)
            if other != value:
                raise self.refused(
                    f"the arm has '{other}' and '{value}', which differ in case or blanks alone, "
                    "or in how a letter is stored",
                    column,
                    remedy="correct the file, so that each arm has one code",
                )
        if len(codes) < 2:
            said = f"the only code, '{codes[0]}'" if codes else "no code"
            raise self.refused(
                f"the arm has {said}", column, expected="two arms or more", remedy="name the column"
            )
        if len(codes) > MOST_ARMS:
            raise self.refused(
                f"the arm has {len(codes):,} different codes, more than {MOST_ARMS}; it is no arm",
                column,
                expected="a column with a code for each arm",
                remedy="name another column with --arm, or merge arms in the file",
            )
        control = self._control(codes)
        arms, names = [], set()
        is_truth = {code.casefold() for code in codes} == {"true", "false"}
        numbers = looked.kind in ("number", "yes_no") and looked.whole
        for value in codes:
            label = self._arm_label_given(value) or _arm_label(value, control, codes)
            name = slug(label if is_truth or not value[:1].isalpha() else value)
            # A code of a category, or a column, with the name of an arm would print as the arm.
            if name in self._names_of_values():
                name += "_arm"
            while name in names:
                name += "_2"
            names.add(name)
            code = value.casefold() == "true" if is_truth else int(value) if numbers else value
            arms.append(Arm(value, code, name, label))
        for value in self.asked.labels:
            known = [*codes, *self.sheet.names]
            if value not in known and not any(_same(value, code) for code in codes):
                raise InputError(f"--label: no arm or column is '{value}'{suggest(value, known)}")
        for name in self.asked.units:
            self.sheet.at(name)
        arms.sort(key=lambda arm: arm.value == control)  # as tables print them: control last
        return arms

    def _names_of_values(self) -> set[str]:
        """Return the names of results, and the codes of the columns that they are made from."""
        roles = [name for name in self._named() if name not in (self.asked.person, self.asked.arm)]
        codes = {code for name in roles for code in self.look(name).codes}
        return codes | {result_name(name) for name in roles}

    def _control(self, codes: list[str]) -> str:
        """Return the code of control as it is in the file, however a user writes it."""
        asked = self.asked.control.strip()
        same = [code for code in codes if code.casefold() == asked.casefold()]
        same = same or [code for code in codes if _same(code, asked)]
        truth = {"1": "true", "0": "false"}.get(asked)
        same = same or [code for code in codes if truth and code.casefold() == truth]
        if not same:
            raise self.refused(
                f"no arm has the code '{asked}'{suggest(asked, codes)}",
                self.asked.arm,
                expected=f"--control, one of {', '.join(codes)}",
            )
        return same[0]

    def _arm_label_given(self, value: str) -> str | None:
        """Return what a user calls an arm, by its code as in the file or as a number."""
        same = [text for code, text in self.asked.labels.items() if _same(code, value)]
        return self.asked.labels.get(value) or next(iter(same), None)

    def lacks(self, name: str) -> bool:
        """Return whether the column is missing of somebody randomised."""
        values, place = self.look(name).values, self.sheet.at(name)
        return any(self.sheet.rows[i][place].strip() not in values for i in self.kept)

    def day_format(self) -> str | None:
        """Return how the file writes the day of randomisation; None for YYYY-MM-DD."""
        name = str(self.asked.randomised_at)
        looked = self.look(name)
        if looked.kind == "date":
            return None
        forms = date_formats(looked.values)
        if len(forms) == 1 and looked.values:
            return forms[0]
        which = " and ".join(forms)
        raise self.refused(
            f"days of randomisation can be read as {which}" if forms else "these are no days",
            name,
            expected="YYYY-MM-DD, or a way of writing days that can be told, such as 31/12/2024",
            remedy="write them as YYYY-MM-DD, or leave --randomised-at out",
        )

    @property
    def control(self) -> Arm:
        """The control arm."""
        return self.arms[-1]

    def _check_people(self) -> None:
        looked = self.look(self.asked.person)
        if looked.missing:
            raise self.refused(
                f"{counted(looked.missing, 'row has', 'rows have')} no identifier",
                self.asked.person,
                remedy="give each person one",
            )
        several = {value for value, number in looked.values.items() if number > 1}
        if several:
            column = self.sheet.column(self.asked.person)
            rows = [row for row, value in enumerate(column, 1) if value.strip() in several]
            raise self.refused(
                f"{counted(len(several), 'person has', 'people have')} {len(rows):,} rows",
                self.asked.person,
                rows=rows,
                expected="one row a person",
                remedy="repeated measures and times to an event are not supported yet; keep one "
                "row a person, with a column for each time, or choose rows: --rows COLUMN=VALUE; "
                "where each site numbers its own people, make one column of both in the file",
            )
        if not self.asked.several_ids:
            self._refuse_repeated_people()

    def _refuse_repeated_people(self) -> None:
        """Refuse rows that are numbered, where a column that is no role names people by its name.

        Rows of one person would count as people, and errors would be far too small.
        """
        roles = {*self._named(), self.asked.person}
        for name in self.sheet.names:
            if name in roles or not PERSON_NAME.fullmatch(name.strip()):
                continue
            looked = self.look(name)
            if sum(n for n in looked.values.values() if n > 1) > len(self.sheet.rows) / 2:
                raise self.refused(
                    f"the {len(self.sheet.rows):,} rows have {len(looked.values):,} different "
                    "values of this column, which looks like the number of a person",
                    name,
                    expected="one row a person",
                    remedy=f"name it with --person, and choose rows with --rows COLUMN=VALUE; or, "
                    f"if each '{self.asked.person}' is a person, add --rows-are-people",
                )

    def _check_clusters(self) -> None:
        name = self.asked.cluster
        if not name:
            if self.asked.clusters_randomised:
                raise InputError("--clusters-randomised needs --cluster, the column of the cluster")
            return
        looked = self.look(name)
        place, arm = self.sheet.at(name), self.sheet.at(self.asked.arm)
        by: dict[str, set[str]] = {}
        for row in (self.sheet.rows[i] for i in self.kept):
            by.setdefault(row[place].strip(), set()).add(row[arm].strip())
        mixed = sum(len(arms) > 1 for key, arms in by.items() if key)
        if self.asked.clusters_randomised and mixed:
            raise self.refused(
                f"{counted(mixed, 'cluster has', 'clusters have')} people of several arms, of "
                f"{len(by)} clusters",
                name,
                expected="clusters that were randomised whole",
                remedy="leave out --clusters-randomised where people were randomised within them",
            )
        if not mixed and not self.asked.clusters_randomised:
            raise self.refused(
                "every cluster has people of one arm alone",
                name,
                expected="people of several arms in a cluster, unless clusters were randomised",
                remedy="add --clusters-randomised if whole clusters were",
            )
        if self.asked.clusters_randomised:
            self._check_strata_of_clusters(name)
        if looked.missing and self.asked.clusters_randomised:
            raise self.refused(
                f"the cluster is missing in {counted(looked.missing, 'row', 'rows')}", name
            )

    def _check_strata_of_clusters(self, cluster: str) -> None:
        """Refuse strata that are not of whole clusters, where clusters were randomised."""
        place = self.sheet.at(cluster)
        columns = [self.sheet.at(name) for name in self.asked.strata]
        by: dict[str, set[tuple[str, ...]]] = {}
        for row in (self.sheet.rows[i] for i in self.kept):
            by.setdefault(row[place].strip(), set()).add(tuple(row[at].strip() for at in columns))
        several = sum(len(strata) > 1 for key, strata in by.items() if key)
        if several:
            raise self.refused(
                f"{counted(several, 'cluster has', 'clusters have')} people of several strata, of "
                f"{len(by)} clusters",
                ", ".join(self.asked.strata),
                expected="strata of the randomisation, which are of whole clusters",
                remedy="name with --covariate what is of people and not of clusters",
            )

    # outcomes and covariates

    def unequal_allocation(self) -> str:
        """Return that arms have other shares in one stratum than in another, or nothing.

        Then people are alike within strata alone. A chi-square test at 0.001 of strata of ten
        people or more tells it from chance; where clusters were randomised nothing does.
        """
        arms = [arm.value for arm in self.arms]
        at, places = self.sheet.at(self.asked.arm), [self.sheet.at(n) for n in self.asked.strata]
        counts: dict[tuple[str, ...], list[int]] = {}
        for row in (self.sheet.rows[i] for i in self.kept):
            stratum = counts.setdefault(tuple(row[p].strip() for p in places), [0] * len(arms))
            stratum[arms.index(row[at].strip())] += 1
        large = [stratum for stratum in counts.values() if sum(stratum) >= 10]
        if len(large) < 2 or self.asked.clusters_randomised:
            return ""
        from scipy.stats import chi2_contingency  # the other trials need not wait for it

        if chi2_contingency(large).pvalue >= 0.001:
            return ""
        shares = [[n / sum(stratum) for n in stratum] for stratum in large]
        ranges = [(max(of) - min(of), min(of), max(of)) for of in zip(*shares, strict=True)]
        (_, least, most), arm = max(zip(ranges, self.arms, strict=True), key=lambda one: one[0])
        return (
            f"the share of people in {arm.label} is from {least:.0%} to {most:.0%} in the strata "
            f"of {' and '.join(self.asked.strata)}, which chance does not explain. An effect that "
            "is not adjusted compares unlike people then: rely on the adjusted one, which is first"
        )

    def _declare(self, name: str) -> str:
        """Note that a column is used; returns its declared name."""
        self.used[name] = self.look(name).declared
        return self.used[name]

    def _label(self, name: str) -> str:
        return self.asked.labels.get(name) or readable(name)

    def _outcome(self, name: str, must_be_binary: bool = False) -> ScaffoldOutcome:
        looked = self.look(name)
        column, label = self._declare(name), self._label(name)
        key = result_name(name)
        if not looked.values:
            raise self.refused("every value of the outcome is missing", name)
        if name in self.asked.least:
            if looked.kind not in ("number", "yes_no"):
                raise self.refused("a bound is for numbers, and the column has texts", name)
            self.sheet.refuse_sentinels(looked)
            least = self.asked.least[name]
            bound = int(least) if least.is_integer() else least
            spec = {"kind": "at_least", "column": column, "threshold": bound}
            return ScaffoldOutcome(key, "proportion", spec | {"label": label, "unit": "proportion"})
        if name in self.asked.events:
            return self._event(name, key, column, label, self.asked.events[name])
        if looked.kind == "yes_no":
            spec = {"kind": "column", "column": column, "label": label, "unit": "proportion"}
            return ScaffoldOutcome(key, "proportion", spec)
        if must_be_binary and looked.kind == "number":
            raise self.refused(
                "a harm is yes or no of each person, and this is a number",
                name,
                remedy="say which values are the event: "
                f"--event '{name}>={_least_event(looked.codes)}'",
            )
        if looked.kind == "number":
            self.sheet.refuse_sentinels(looked)
            unit = self.asked.units.get(name, "number")
            spec = {"kind": "column", "column": column, "label": label, "unit": unit}
            return ScaffoldOutcome(key, unit, spec)
        if looked.kind == "date":
            raise self.refused(
                "the outcome is a date",
                name,
                remedy="times to an event are not supported yet; give a number or yes and no",
            )
        self.sheet.refuse_texts_among_numbers(looked, "")
        if looked.kind == "text":
            raise self.refused(
                f"the outcome has {len(looked.values):,} different texts",
                name,
                expected="a number, or yes and no",
                remedy="correct it, or say which words are missing: --missing COLUMN=WORD",
            )
        yes = [value for value in looked.codes if _meaning(value) in YES]
        no = [value for value in looked.codes if _meaning(value) in NO]
        if len(looked.values) <= 2 and len(yes) == 1 and len(no) == len(looked.values) - 1:
            return self._event(name, key, column, label, yes)
        if yes and no and (other := [v for v in looked.codes if v not in (*yes, *no)]):
            raise self.refused(
                f"the outcome has yes, no and {', '.join(other)}",
                name,
                expected="yes and no",
                remedy=f"say that the others are missing: --missing {looked.said_of(other[0])}; or "
                f"which values are the event, all others being none: --event '{name}={yes[0]}'",
            )
        kind = "ordered or unordered categories are" if len(looked.values) > 2 else "it is"
        raise self.refused(
            f"the outcome has the values {', '.join(looked.codes)}, and nobody said which count",
            name,
            expected="a number, or yes and no",
            remedy=f"say which are the event: --event '{name}={looked.codes[0]}'"
            + ("; " + kind + " not supported yet" if len(looked.values) > 2 else ""),
        )

    def _event(
        self, name: str, key: str, column: str, label: str, events: list[str]
    ) -> ScaffoldOutcome:
        looked = self.look(name)
        found = []
        for event in events:
            same = [code for code in looked.values if code.casefold() == event.casefold()]
            same = same or [code for code in looked.values if _same(code, event)]
            if not same:
                known = suggest(event, looked.values)
                raise self.refused(f"no value of the outcome is '{event}'{known}", name)
            found += same
        values: list[Any] = found
        if looked.kind in ("number", "yes_no"):
            values = [int(as_number(value)) for value in found]
            if not looked.whole:
                raise self.refused(
                    "an event is a whole number or a text, and the column has fractions", name
                )
        spec: dict[str, Any] = {"kind": "one_of", "column": column, "values": values}
        return ScaffoldOutcome(key, "proportion", spec | {"label": label, "unit": "proportion"})

    def _covariate(self, name: str, as_category: bool = False) -> tuple[str, dict[str, Any]]:
        """Return the name of a covariate and its declaration."""
        looked = self.look(name)
        as_category = as_category or name in self.asked.categories
        column = self._declare(name)
        key = result_name(name)
        if not looked.values:
            raise self.refused("every value is missing", name)
        if not as_category:
            more = f"; or, if these are categories, add --category {name}"
            self.sheet.refuse_texts_among_numbers(looked, more)
        elif twins := [(a, b) for a, b in combinations(looked.codes, 2) if _same(a, b)]:
            raise self.refused(
                f"'{twins[0][0]}' and '{twins[0][1]}' are the same number",
                name,
                remedy="write each category in one way in the file",
            )
        if looked.kind == "text" or (as_category and len(looked.values) > len(self.kept) // 2):
            raise self.refused(
                f"the column has {len(looked.values):,} different values, too many for categories",
                name,
                remedy="merge values in the file, or leave it out",
            )
        if looked.kind == "date":
            raise self.refused("a date is no covariate", name, remedy="leave it out")
        yes = [value for value in looked.codes if _meaning(value) in YES]
        no = [value for value in looked.codes if _meaning(value) in NO]
        is_pair = len(looked.values) == 2 and len(yes) == len(no) == 1
        if looked.kind == "category" and is_pair and not as_category:
            made = self._event(name, key, column, self._label(name), yes)
            return self._free(key), made.declared
        unit = self.asked.units.get(name, "number")
        if looked.kind == "yes_no" and not as_category:
            unit = "proportion"
        elif looked.kind == "category" or as_category:
            unit = "category"
        elif looked.kind == "number":
            self.sheet.refuse_sentinels(looked)
        spec = {"kind": "column", "column": column, "label": self._label(name), "unit": unit}
        return self._free(key), spec

    def _free(self, key: str) -> str:
        """Return a name of a covariate that no outcome has."""
        return key + "_baseline" if key in {made.name for made in self.outcomes} else key


def _same(code: str, other: str) -> bool:
    """Return whether two codes are the same number: 0 and 0.0."""
    with contextlib.suppress(ValueError):  # a code that is no number is compared as text alone
        return as_number(code) == as_number(other)
    return False


def _least_event(codes: list[str]) -> str:
    """Return the least of some numbers above the first, which often is none."""
    return f"{as_number(codes[1] if len(codes) > 1 else codes[0]):g}"


def result_name(column: str) -> str:
    """Return the name of the covariate or outcome that is made from a column."""
    key = re.sub(r"\W", "_", declared_name(column))
    return f"trial_{key}" if key in RESERVED else key


def _meaning(value: str) -> str:
    """Return a value without a number before it: 1_yes is yes."""
    return re.sub(r"^\d+[\s_.:-]+", "", value.strip()).casefold()


def _arm_label(value: str, control: str, codes: list[str]) -> str:
    """Return the name of an arm as printed, from its code."""
    text = re.sub(r"^\d+[\s_.:-]+", "", value).replace("_", " ").strip()
    if text and not re.fullmatch(r"[\d.]+", text) and text.casefold() not in ("true", "false"):
        return text if any(letter.isupper() for letter in text) else text.capitalize()
    if value == control:
        return "Control"
    return "Treatment" if len(codes) == 2 else f"Arm {value}"


def slug(text: str) -> str:
    """Return a text as a name in declarations."""
    found = re.sub(r"\W+", "_", text.strip().casefold()).strip("_")
    found = re.sub(r"^(\d)", r"arm_\1", found)
    return found or "arm"


def readable(name: str) -> str:
    """Return the name of a column as a label."""
    text = re.sub(r"[_.]+", " ", name).strip() or name
    return text[:1].upper() + text[1:]
