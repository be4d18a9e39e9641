"""What prose tells of results: which rows, how each number prints, and whom it counts.

A report computes its sentences from results. A release computes them from these rows alone, whose
numbers are cells of the same system as those of the exhibits, and no finer than they are printed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from math import floor, isnan, log10
from typing import TYPE_CHECKING, Any

from ..catalogue import path_of
from ..disclosed import TRUTH, Counts, Key, tally
from ..disclosed_estimates import PERFECT, follows_group, of_estimate
from ..lazy import np, pd
from .cells import CELLS, cell, printed_value, source_of
from .data import summed_path
from .formats import grouped, money, round_half_up
from .needs import FIRST, families_told
from .scale import scale_of
from .sentences.impacts import EFFECT, JOINT, is_ratio
from .sentences.words import Words
from .tested import source_of_line

if TYPE_CHECKING:
    from ..config.declared import TrialConfig
    from .data import Data

WITHHELD = "withheld"


@dataclass(frozen=True)
class SaidNumber:
    """A number of a row as it is said: value times `factor` prints `text`."""

    text: str
    factor: float = 1.0

    def said(self, value: float) -> float:
        """Return the number that the text gives away."""
        return float(f"{printed_value(self.text, value * self.factor) / self.factor:.12g}")


@dataclass(frozen=True)
class ToldLine:
    """A row that prose may tell of: what its cells count, and numbers that follow them.

    cells: column of the row -> tidy cell, and what its value is times. n: the column of the people
    behind its first cell, where no cell shows them. apart: columns that are withheld alone.
    untold: whether no sentence tells of its numbers.
    """

    row: dict[str, Any]
    cells: dict[str, tuple[dict[str, Any], float]] = field(default_factory=dict)
    follows: dict[str, SaidNumber] = field(default_factory=dict)
    n: str = ""
    apart: tuple[str, ...] = ()
    untold: bool = False

    def released(self, cells: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the row as it leaves: of its cells all are released, or no number of it is."""
        gone = any(
            one["status"] != "released"
            for name, one in zip(self.cells, cells, strict=True)
            if name not in self.apart
        )
        shown = bool(cells) and not gone
        own: dict[str, Any] = dict.fromkeys([*self.cells, *self.follows], np.nan)
        if self.n:
            own[self.n] = cells[0]["n"] if shown else np.nan
        if shown:
            for (name, (_, factor)), one in zip(self.cells.items(), cells, strict=True):
                own[name] = float(f"{one['value'] / factor:.12g}")
            own |= {name: number.said(self.row[name]) for name, number in self.follows.items()}
        return self.row | own | {WITHHELD: gone or self.untold}


@dataclass(frozen=True)
class Told:
    """Rows of one result that prose may tell of: its file, and what each of their cells counts."""

    path: str
    lines: list[ToldLine]
    counts: Callable[[Any, TrialConfig], Counts]

    def frame(self) -> pd.DataFrame:
        """Return the cells of all rows, as those of an exhibit."""
        cells = [own for line in self.lines for own, _ in line.cells.values()]
        return pd.DataFrame(cells, columns=CELLS).astype({"n": "Int64", "value": "float64"})

    def released(self, cells: pd.DataFrame) -> pd.DataFrame:
        """Return the rows as they leave; cells are those of `frame`, with a status."""
        own, rows, at = cells.to_dict("records"), [], 0
        for line in self.lines:
            end = at + len(line.cells)
            rows.append(line.released(own[at:end]))
            at = end
        names = dict.fromkeys(name for row in rows for name in row)
        return pd.DataFrame(rows, columns=[*(names or {"none": None})])


def told_of(data: Data, telling: Iterable[str]) -> list[Told]:
    """Return what the prose of a trial may tell of its results.

    telling: chapters whose prose tells of the families of effects that their exhibits show.
    """
    symbol, config = data.config.trial.currency, data.config
    words = Words(lambda key: key, symbol, config.models.confidence_level if config.models else 0.0)
    told = [_allocation(data), _responses(data), _quality(data)]
    if config.trial.sources:
        told.append(_methods(data))
    for family, models in families_told(config, telling).items():
        path = path_of("impact", family)
        told.append(Told(path, list(_estimates(data, family, models, words)), of_estimate))
    if config.economics is not None:
        told += [_summary(data, symbol), _information(data, symbol), _convergence(data, symbol)]
    return told


def _allocation(data: Data) -> Told:
    lines = []
    for row in data.summed("allocation").to_dict("records"):
        keys = {} if row["arm"] == "all" else {"arm": row["arm"]}
        source = source_of("people", **keys)
        lines.append(ToldLine(row, _counts(["people"], row, "allocation", row["arm"], source)))

    def counts(cell: Any, config: TrialConfig) -> Counts:
        return Counts("frequencies", "count", Key().in_arm(None if cell.row == "all" else cell.row))

    return Told(summed_path("allocation"), lines, counts)


def _responses(data: Data) -> Told:
    lines, weights = [], data.config.outcomes.weights
    for row in data.summed("responses").to_dict("records"):
        source = source_of("weights", weight=row["weight"])
        cells = _counts(["people", "responded", "trimmed"], row, "responses", row["weight"], source)
        ends = {n: SaidNumber(round_half_up(row[n], 2)) for n in ("design_low", "design_high")}
        lines.append(ToldLine(row, cells, ends, apart=("trimmed",)))

    def counts(cell: Any, config: TrialConfig) -> Counts:
        spec = weights[cell.row]
        asked = Key().met({spec.known_without: "not 1"} if spec.known_without else {})
        if cell.column == "people":
            return Counts("frequencies", "count", asked)
        if cell.column == "responded":
            return Counts("frequencies", "count", asked.met({spec.responded: "1"}))
        return Counts("frequencies", "count", tally("weights", "trimmed", {"weight": cell.row}))

    return Told(summed_path("responses"), lines, counts)


def _quality(data: Data) -> Told:
    quality = data.quality
    chosen = (quality["arm"] == "all") & (quality["trial_group"] == "all")
    lines = []
    for row in quality[chosen].to_dict("records"):
        kept = {n: row[n] for n in ("source", "arm", "trial_group")} | dict.fromkeys(_FOUND, np.nan)
        source = source_of("quality", source=row["source"], arm="all", trial_group="all")
        known = [name for name in _FOUND if not isnan(row[name])]
        cells = _counts(known, row, "linkage", row["source"], source)
        # A trial that links nothing has a row without sources.
        lines.append(ToldLine(kept, cells if len(known) == len(_FOUND) else {}))

    def counts(cell: Any, config: TrialConfig) -> Counts:
        key = Key()
        for name in _FOUND[1 : _FOUND.index(cell.column) + 1]:
            key = key.met({f"{name} in {cell.row}": "1"})
        return Counts("frequencies", "count", key)

    return Told(path_of("quality"), lines, counts)


_FOUND = ("people", "linkable", "linked")


def _methods(data: Data) -> Told:
    lines = []
    for row in data.table("methods").to_dict("records"):
        source = source_of("methods", source=row["source"], method=row["method"])
        own = cell(
            row["source"],
            row["method"],
            "f1",
            "share",
            row["f1"],
            "",
            "share",
            pd.NA,
            source=source,
        )
        kept = {n: row[n] for n in ("source", "method", "people", "precision", "recall", "f1")}
        blank = dict.fromkeys(("people", "precision", "recall"), SaidNumber(""))
        lines.append(ToldLine(kept, {"f1": (own, 1.0)}, blank))
    return Told(path_of("methods"), lines, lambda cell, config: Counts("ratios", undeclared=TRUTH))


def _counts(
    columns: list[str], row: dict[str, Any], panel: str, name: str, source: str
) -> dict[str, tuple[dict[str, Any], float]]:
    """Return the cells of columns that count people."""
    found = {}
    for column in columns:
        n = int(row[column])
        found[column] = (
            cell(panel, str(name), column, "count", n, grouped(n), "people", n, source=source),
            1.0,
        )
    return found


# What names a row of estimates.
_KEYS = (
    *("trial", "group", "subgroup", "outcome", "timepoint", "model", "term", "family", "unit"),
    *("treatment_arms", "control_arms"),
)
_NUMBERS = ("estimate", "ci_low", "ci_high", "p_value", "statistic", "n", "dropped_n")
_MEANS = {"treatment": "mean_treatment", "control": "mean_control"}


def _estimates(data: Data, family: str, models: set[str], words: Words) -> Iterator[ToldLine]:
    table = data.impact(family)
    names = [*_KEYS, *_NUMBERS, *_MEANS.values(), "std_error"]
    table = table[[name for name in names if name in table]]
    perfect = table["term"].str.startswith(PERFECT)
    table = table[table["term"].isin([EFFECT, JOINT]) | perfect]
    known = table[(table["term"] == EFFECT) & table["estimate"].notna() & table["p_value"].notna()]
    first = known.groupby(["outcome", "timepoint"])["model"].first().to_dict()
    for line in table.itertuples(index=False):
        row = line._asdict()
        order = _order(row.pop("std_error"), line.unit, words)
        is_first = first.get((line.outcome, line.timepoint)) == line.model
        told = line.model in models or (is_first and FIRST in models)
        # Of a level that predicts perfectly not even its name: all had the same outcome.
        if line.term.startswith(PERFECT) or not told:
            yield replace(_told_line(row, {}, {}), untold=True)
        elif line.term == JOINT:
            cells = {}
            if not isnan(line.p_value):
                cells = _tested(family, line)
            yield _told_line(row, cells, {"p_value": _p(line, words)})
        elif isnan(line.estimate) or isnan(line.p_value):
            yield _told_line(row, {}, {})
        else:
            factor, error = scale_of(line.unit, words.symbol).factor, line.std_error
            ends = {
                name: SaidNumber(_plain(words.end(getattr(line, name), line.unit, error)), factor)
                for name in ("ci_low", "ci_high")
            }
            if order:
                row["std_error"] = float(order)
                ends["std_error"] = SaidNumber(order)
            follows = ends | {"p_value": _p(line, words)}
            # The effect may be told without the means of the arms.
            told = _told_line(row, _effect(family, line, words), follows)
            yield replace(told, apart=tuple(_MEANS.values()))


def _order(error: float, unit: str, words: Words) -> str:
    """Return a number of the same order as a standard error, where decimals depend on it."""
    if scale_of(unit, words.symbol, error) == scale_of(unit, words.symbol):
        return ""
    decimals = -floor(log10(error))
    return f"{3 * 10.0**-decimals:.{max(decimals, 0)}f}"


def _told_line(
    row: dict[str, Any], cells: dict[str, Any], follows: dict[str, SaidNumber]
) -> ToldLine:
    """Return a line of which no number stands but those that are told."""
    numbers = [name for name in (*_NUMBERS, *_MEANS.values()) if name in row]
    untold = {n: np.nan for n in numbers if n not in cells and n not in follows}
    return ToldLine(row | untold, cells, follows)


def _p(line: Any, words: Words) -> SaidNumber:
    return SaidNumber(
        words.p(line.p_value).removeprefix("p ").removeprefix("= ").replace("< ", "<")
    )


def _plain(text: str) -> str:
    """Return a printed number with the minus of cells."""
    return text.replace("\N{MINUS SIGN}", "-")


def _tested(family: str, line: Any) -> dict[str, tuple[dict[str, Any], float]]:
    """Return the cells of a test of equal effects: its statistic, and who is in the fit."""
    f, source = line.statistic, source_of_line(family, line)
    own = cell(
        line.group, line.outcome, "joint_test", "F", f, round_half_up(f, 2), "", line.n,
        source=source,
    )  # fmt: skip
    return {"statistic": (own, 1.0), "n": (_base(line, source), 1.0)}


def _base(line: Any, source: str) -> dict[str, Any]:
    n = line.n
    return cell(line.group, line.outcome, "n", "base", n, grouped(n), "people", n, source=source)


def _effect(family: str, line: Any, words: Words) -> dict[str, tuple[dict[str, Any], float]]:
    """Return the cells of an effect: means of both arms where they are known, size, and n."""
    source, cells = source_of_line(family, line), {}
    if not any(isnan(getattr(line, name)) for name in _MEANS.values()):
        unit = line.unit
        if is_ratio(unit):
            unit = "" if unit == "rate ratio" else "proportion"
        factor = scale_of(unit, words.symbol).factor
        for column, name in _MEANS.items():
            mean = getattr(line, name)
            statistic = "percent" if unit == "proportion" else "mean"
            own = cell(
                line.group, line.outcome, column, statistic, mean * factor,
                _plain(words.number(mean, unit, line.std_error)), unit, line.n, source=source,
            )  # fmt: skip
            cells[name] = (own, factor)
    scale = scale_of(line.unit, words.symbol)
    own = cell(
        line.group, line.outcome, "effect", scale.statistic, line.estimate * scale.factor,
        _plain(words.number(line.estimate, line.unit, line.std_error)), line.unit, line.n,
        source=source,
    )  # fmt: skip
    return cells | {"estimate": (own, scale.factor), "n": (_base(line, source), 1.0)}


def _summary(data: Data, symbol: str) -> Told:
    table, lines = data.table("summary"), []
    decimals = {"cost_per_head": 0} | {
        f"{name}{end}": 2 if name == "return_per_pound" else 0
        for name in ("return_per_pound", "net_present_value")
        for end in ("", "_ci_low", "_ci_high")
    }
    keys = ["appraisal", "scenario", "default", "case", "group", "draws"]
    columns = [*keys, "n_treatment", *decimals, "probability_return_above_one"]
    for row in table.loc[table["default"] & (table["scenario"] == "reference"), columns].to_dict(
        "records"
    ):
        source = source_of("summary", **{k: row[k] for k in keys[:-1]}, column="net_present_value")
        follows = {name: _priced(row[name], symbol, d) for name, d in decimals.items()}
        follows["probability_return_above_one"] = SaidNumber(
            f"{row['probability_return_above_one']:f}"
        )
        del follows["net_present_value"]
        value = row["net_present_value"]
        lines.append(_followed(row, "net_present_value", money(value, symbol), source, follows))
    return Told(path_of("summary"), lines, follows_group)


def _followed(
    row: dict[str, Any], column: str, printed: str, source: str, follows: dict[str, SaidNumber]
) -> ToldLine:
    """Return a row of the economics, all of which follows the recruits to treatment of a group."""
    n = row["n_treatment"]
    if isnan(row[column]):
        return ToldLine(row | dict.fromkeys([*follows, column, "n_treatment"], np.nan))
    own = cell(row["group"], column, column, "gbp", row[column], printed, "", n, source=source)
    return ToldLine(row, {column: (own, 1.0)}, follows, "n_treatment")


def _priced(value: float, symbol: str, decimals: int = 0) -> SaidNumber:
    """Return an amount with as many decimals as show that it is not none."""
    for more in range(decimals, 7):
        text = money(value, symbol, more)
        if any(digit in text for digit in "123456789"):
            break
    return SaidNumber(text)


def _information(data: Data, symbol: str) -> Told:
    table, lines = data.table("information"), []
    columns = ["group", "measure", "driver", "value", "monte_carlo_error", "n_treatment"]
    shown = table["measure"].isin(["evpi", "evppi"])
    for row in table.loc[shown, columns].to_dict("records"):
        source = source_of(
            "information", group=row["group"], measure=row["measure"], driver=row["driver"]
        )
        error = {"monte_carlo_error": _priced(row["monte_carlo_error"], symbol)}
        text = _priced(row["value"], symbol).text
        lines.append(_followed(row, "value", text, source, error))
    return Told(path_of("information"), lines, follows_group)


def _convergence(data: Data, symbol: str) -> Told:
    table, lines = data.table("convergence"), []
    columns = ["appraisal", "group", "case", "draws", "mean", "monte_carlo_error", "n_treatment"]
    last = table["draws"] == table["draws"].max()
    for row in table.loc[last, columns].to_dict("records"):
        source = source_of("convergence", **{n: row[n] for n in columns[:4]})
        error = {"monte_carlo_error": _priced(row["monte_carlo_error"], symbol)}
        lines.append(_followed(row, "mean", _priced(row["mean"], symbol).text, source, error))
    return Told(path_of("convergence"), lines, follows_group)
