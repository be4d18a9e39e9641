"""Answers after 12 months whose weighted shares are published: other support, barriers, work."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ...config.outcomes import ResponseWeight
from ...extracts.build import Context
from ...outcomes.weights import response_weights
from ...streams import Streams
from ..arms import arms_apart, as_they_differ
from ..published import Published
from ..shares import assign_shares, reach_shares
from .health import plant_health
from .settings import GROUPS, HltSettings
from .settings.surveys import PublishedQuestion, Question
from .surveys import Wave


@dataclass(frozen=True)
class Respondents:
    """Respondents of one wave (m): group and arm codes, weights, and random numbers for them."""

    group: np.ndarray
    arm: np.ndarray
    weights: np.ndarray
    draw: Callable[[str], np.ndarray]

    def cells(self, among: np.ndarray) -> Iterator[tuple[int, int, np.ndarray]]:
        """Yield (group code, arm code, positions) of those among a mask (m); no empty cells."""
        for group in range(len(GROUPS)):
            for arm in np.unique(self.arm):
                members = np.flatnonzero((self.group == group) & (self.arm == arm) & among)
                if len(members):
                    yield group, arm, members

    def pick(self, name: str, among: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return a mask of as many people of each cell (groups x arms) as `counts` says."""
        picked, score = np.zeros(len(self.group), dtype=bool), self.draw(name)
        for group, arm, members in self.cells(among):
            order = members[np.argsort(score[members], kind="stable")]
            picked[order[: counts[group, arm]]] = True
        return picked


def answer_on_support(
    answers: pd.DataFrame,
    people: pd.DataFrame,
    wave: Wave,
    met: np.ndarray,
    settings: HltSettings,
    published: Published,
    streams: Streams,
    context: Context,
) -> pd.DataFrame:
    """Return the 12-month interviews with the answers on support, barriers, work and the service.

    Who gives which answer reaches the weighted shares of the printed tables; `met` says which
    people (n) have met an employment specialist. Whoever had support and was asked about
    motivation does not work, in the printed number, so answers on work follow. Without an effect
    of treatment everybody answers as one arm.
    """
    people = as_they_differ(people, context.effect)
    who, n = np.flatnonzero(wave.responds), len(people)
    spec = ResponseWeight(responded="", **settings.survey_weights.model_dump())
    weights = response_weights(people, wave.responds, spec, "survey_weights")[0][who]
    if context.planted:
        respondents = people.iloc[who].reset_index(drop=True)
        groups = context.trial.groups
        answers = plant_health(answers, respondents, people, weights, settings, groups, context.say)
    asked = Respondents(
        group=people["trial_group"].map(GROUPS.index).to_numpy()[who],
        arm=people["arm"].to_numpy()[who],
        weights=weights,
        draw=lambda column: streams.uniform(wave.name, column, n)[who],
    )
    questions = settings.published_questions
    targets = Targets(published, context)
    services = _services(asked, questions["service"], targets)
    had = (pd.Series(services["service_none"]) == 0).fillna(False).to_numpy(dtype=bool)
    question = questions["support_motivation"]
    idle, motivation = _motivation(asked, had, answers, question, targets)
    answers = _agree_on_work(answers, had & ~idle, idle)
    columns = {
        "support_motivation": motivation,
        "main_barrier": _barrier(asked, questions["main_barrier"], targets),
    }
    working = (answers["emp"] != "not_working").to_numpy()
    routes = {"working": working, "had_support": had, "met_specialist": met[who]}
    for column, declared in settings.questions.items():
        columns[column] = _declared(asked, column, declared, routes[declared.asked])
    return answers.assign(**services, **columns)


class Targets:
    """Printed shares and bases of a question, and whether people have to reach them exactly."""

    def __init__(self, published: Published, context: Context):
        self._published = published
        self._effect = context.effect
        self._scale = context.scale
        self._planted = context.planted

    def answers(self, question: PublishedQuestion) -> list[str]:
        """Return the printed answers in order."""
        rows = self._published.table(question.by_group)
        return list(rows.loc[rows["column"] == "all", "row"].drop_duplicates().iloc[:-1])

    def bases(self, question: PublishedQuestion, asked: Respondents) -> np.ndarray:
        """Return the number answering, groups x arms; a printed group is split as its people."""
        counts = np.zeros((len(GROUPS), 2), dtype=np.int64)
        for group, name in enumerate(GROUPS):
            keys = (name, "unweighted_base")
            if question.by_arm:
                for arms in arms_apart(self._effect):
                    values = [self._published.value(question.by_arm, *keys, arm) for arm in arms]
                    counts[group, arms.get("control", 1)] = round(sum(values) * self._scale)
                continue
            total = round(self._published.value(question.by_group, *keys, "all") * self._scale)
            inside = asked.group == group
            counts[group, 1] = round(total * asked.arm[inside].mean())
            counts[group, 0] = total - counts[group, 1]
        return counts

    def reach(
        self,
        question: PublishedQuestion,
        asked: Respondents,
        among: np.ndarray,
        realise: Callable[[np.ndarray], np.ndarray],
        single: bool,
    ) -> np.ndarray:
        """Return answers of the respondents among a mask, as realise(shares) makes them."""
        tables = {"group": self._published.table(question.by_group)}
        if question.by_arm:
            tables["arm"] = self._published.table(question.by_arm)
        if self._effect == "none":
            tables = {name: table[table["column"] == "all"] for name, table in tables.items()}
        return reach_shares(
            tables,
            self.answers(question),
            GROUPS,
            (asked.group[among], asked.arm[among], asked.weights[among]),
            realise,
            single=single,
            exact=self._planted,
            unreachable=question.unreachable,
        )


def _services(
    asked: Respondents, question: PublishedQuestion, targets: Targets
) -> dict[str, pd.api.extensions.ExtensionArray]:
    """Return a boolean column for each service and for none, missing without an answer.

    A person either had none, or at least one: each gets a first service, in proportion to the
    shares, then further ones until the share of every service is reached.
    """
    names = targets.answers(question)
    everyone = np.ones(len(asked.group), dtype=bool)
    answering = asked.pick("service_answers", everyone, targets.bases(question, asked))
    if question.alone is None:
        raise ValueError("one answer of the question on services has to stand alone")
    alone = names.index(question.alone)
    score = {name: asked.draw(f"service_{name}") for name in [*names, "first"]}

    def realise(shares: np.ndarray) -> np.ndarray:
        given = np.zeros((len(asked.group), len(names)))
        for cell, (_, _, members) in enumerate(asked.cells(answering)):
            share, weights = shares[cell], asked.weights[members]
            others = np.delete(np.arange(len(names)), alone)
            first = share.copy()
            first[others] *= (1 - share[alone]) / share[others].sum()
            got = assign_shares(score["first"][members], weights, first)
            given[members, got] = 1
            for k in others:
                free = members[(got != alone) & (got != k)]
                more = share[k] * weights.sum() - weights[got == k].sum()
                rest = asked.weights[free].sum()
                if more > 0 and rest > 0:
                    split = np.array([more / rest, 1 - more / rest])
                    chosen = assign_shares(score[names[k]][free], asked.weights[free], split)
                    given[free, k] = chosen == 0
        return given[answering]

    given = np.full((len(asked.group), len(names)), np.nan)
    given[answering] = targets.reach(question, asked, answering, realise, single=False)
    return {f"service_{k}": pd.array(v, "boolean") for k, v in zip(names, given.T, strict=True)}


def _motivation(
    asked: Respondents,
    had: np.ndarray,
    answers: pd.DataFrame,
    question: PublishedQuestion,
    targets: Targets,
) -> tuple[np.ndarray, np.ndarray]:
    """Return (who was asked, answers): those with support and without work, as many as printed.

    Those who work by their other answers are asked last.
    """
    bases = targets.bases(question, asked)
    working = (answers["emp"] != "not_working").to_numpy()
    idle = np.zeros(len(had), dtype=bool)
    answering = np.zeros(len(had), dtype=bool)
    order = asked.draw("support_motivation_asked") + working
    for group, arm, members in asked.cells(had):
        ranked = members[np.argsort(order[members], kind="stable")]
        answering[ranked[: bases[group, arm]]] = True
        idle[ranked[: round(bases[group, arm] * (1 + question.silent))]] = True
    names = np.array([*targets.answers(question), "dont_know", None], dtype=object)
    codes = np.where(idle, len(names) - 2, len(names) - 1)
    codes[answering] = _single(asked, question, answering, targets)
    return idle, names[codes]


def _barrier(asked: Respondents, question: PublishedQuestion, targets: Targets) -> np.ndarray:
    """Return the most important barrier; those outside the printed base named none."""
    everyone = np.ones(len(asked.group), dtype=bool)
    named = asked.pick("main_barrier_named", everyone, targets.bases(question, asked))
    names = np.array([*targets.answers(question), *question.unnamed], dtype=object)
    rest = np.array(list(question.unnamed.values()))
    codes = np.zeros(len(named), dtype=np.int64)
    draw = asked.draw("main_barrier_unnamed")[~named]
    other = np.searchsorted(np.cumsum(rest)[:-1] / rest.sum(), draw)
    codes[~named] = len(names) - len(rest) + other
    # Nothing is printed by arm, so an arm is no cell.
    codes[named] = _single(replace(asked, arm=np.zeros_like(asked.arm)), question, named, targets)
    return names[codes]


def _single(
    asked: Respondents, question: PublishedQuestion, among: np.ndarray, targets: Targets
) -> np.ndarray:
    """Return the code of one printed answer for each respondent among a mask."""
    score = asked.draw(question.by_group)

    def realise(shares: np.ndarray) -> np.ndarray:
        codes = np.zeros(len(among), dtype=np.int64)
        for cell, (_, _, members) in enumerate(asked.cells(among)):
            codes[members] = assign_shares(score[members], asked.weights[members], shares[cell])
        return np.eye(shares.shape[1])[codes[among]]

    return targets.reach(question, asked, among, realise, single=True).argmax(axis=1)


def _agree_on_work(answers: pd.DataFrame, works: np.ndarray, idle: np.ndarray) -> pd.DataFrame:
    """Return answers in which masks of people work and do not work at the interview."""
    emp = answers["emp"].to_numpy().astype(object)
    emp[works & (emp == "not_working")] = "employee"
    emp[idle] = "not_working"
    hours = answers["hours"].to_numpy()
    hours = np.where(emp == "not_working", np.nan, np.where(np.isnan(hours), 24, hours))
    return answers.assign(emp=emp, hours=hours)


def _declared(asked: Respondents, column: str, question: Question, route: np.ndarray) -> np.ndarray:
    """Return answers of those on a route, in the declared weighted shares; None for the others.

    A question on the service has shares of the treated only, whoever else is asked.
    """
    names = np.array([*question.answers, None], dtype=object)
    codes = np.full(len(asked.group), len(question.answers))
    score = asked.draw(column)
    for group, arm, members in asked.cells(route):
        arms = question.shares[GROUPS[group]]
        given = arms["treatment" if arm == 1 or "control" not in arms else "control"]
        shares = np.array(given) / np.sum(given)
        codes[members] = assign_shares(score[members], asked.weights[members], shares)
    return names[codes]
