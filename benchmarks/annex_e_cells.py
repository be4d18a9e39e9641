"""People, models and cells of benchmarks/annex_e.py, as its kernel in C knows them."""

import ctypes
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ipseval.report.exhibits.balance_tests import t_test
from ipseval.twin.published import Published
from ipseval.twin.trailblazers import logit
from ipseval.twin.trailblazers.balance import ON_BENEFIT, SEEN
from ipseval.twin.trailblazers.cells import MISPRINTED, margin_settings
from ipseval.twin.trailblazers.design import build
from ipseval.twin.trailblazers.models import BENEFITS, CONTROLS, END, HEALTH, OFF, ROWS, SITES
from ipseval.twin.trailblazers.outcomes import BENEFIT_STATES, HEALTH_STATES, names_of, possible
from ipseval.twin.trailblazers.settings import TrailblazersSettings

OUTCOMES = [*names_of("gad7"), *names_of("phq9"), *OFF, END]
MD, MONTHS, KINDS = 24, 16, 26
YEAR, EQUAL = 365.25, True  # days; the balance tables test means with one variance
COLUMNS = {
    name: number
    for number, name in enumerate(
        ["treatment", "above_motivation", "treatment_above_motivation", "above_onbenefit"]
        + ["treatment_above_onbenefit", "gad7", "phq9", "female_health", "sex_not_known", "age"]
        + ["motivation", "time_since_randomisation", "female_benefits"]
        + [f"benefit_{b}" for b in BENEFITS]
        + ["prior_benefit_days", "site_west_london", "site_blackpool", "constant"]
    )
}
WHOLE = ["site", "arm", "month", "female", "unknown", "gad", "phq", "time", "prior", "benefit"]
WHOLE += ["health", "seen", "onbenefit", "sgad", "sphq", "sben"]
INT, F = np.int32, np.float64
PERSON = np.dtype(
    [(n, INT) for n in WHOLE]
    + [("age", F), ("motivation", INT), ("last_possible", INT), ("returned", INT)],
    align=True,
)
MODEL = np.dtype(
    [(n, INT) for n in ("panel", "outcome", "split", "nd", "ncell", "first", "nset", "spare")]
    + [("column", INT, MD), ("excluded", INT, MONTHS), ("barred", INT, 9)]
    + [("barred_unknown", INT), ("spare2", INT)]
    + [("n", F), ("small", F), ("beta", F, MD), ("month", F, MONTHS)],
    align=True,
)
CELL = np.dtype(
    [
        ("kind", INT),
        ("nset", INT),
        ("spare", INT, 2),
        ("column", INT, (4, 3)),
        ("setting", F, (4, 3)),
    ]
    + [("n", INT, 4), ("sign", F, 4), ("value", F)]
    + [(n, F, k) for v in "abfq" for n, k in ((v, MD), (v + "m", MONTHS))],
    align=True,
)
BALANCE = np.dtype(
    [("attribute", INT), ("sample", INT), ("spare", INT, 2)]
    + [(n, F, 2) for n in ("lin", "quad", "centre")],
    align=True,
)
POINTER = ctypes.c_void_p
LEAST_SHARE = 0.4  # of an exchange that a programme wants
SMOOTH = ("age", "time", "prior")  # what moves smoothly
# How often each kind of exchange of annex_e.c is drawn.
MIX = np.array(
    [0.6, 4, 1.5, 5, 0.4, 0.4, 0.3, 8, 5, 4, 5, 1, 8, 8, 6, 3, 3, 3, 2, 1, 0.2, 2, 2, 1, 6, 6.0]
)


class World(ctypes.Structure):
    """As in annex_e.c."""

    _fields_ = [
        *((n, ctypes.c_int) for n in ("n", "nmodel", "ncell", "nbal", "R", "nmax")),
        *((n, POINTER) for n in ("p", "m", "c", "b", "gad_ok", "phq_ok", "M", "Mf")),
        *((n, POINTER) for n in ("target", "half", "v", "g")),
        ("median_m", ctypes.c_double),
        ("median_b", ctypes.c_double),
        ("monthmax", ctypes.c_int),
        ("missing_first", ctypes.c_int),
        ("block", ctypes.c_int * 6),
    ]


def pointer(array: np.ndarray) -> int:
    """Return the address of an array."""
    return array.ctypes.data


def compiled() -> ctypes.CDLL:
    """Return the kernel, compiled for this machine."""
    folder = Path(tempfile.mkdtemp(prefix="annex_e"))
    library = folder / "annex_e.so"
    flags = ["-O3", "-march=native", "-ffast-math", "-shared", "-fPIC"]
    subprocess.run(
        ["cc", *flags, "-o", library, Path(__file__).with_name("annex_e.c"), "-lm"], check=True
    )
    found = ctypes.CDLL(str(library))
    found.anneal.restype = found.slopes.restype = found.priced.restype = ctypes.c_long
    found.influence.restype = None
    got = (ctypes.c_int * 5)()
    assert found.sizes(got) == KINDS
    assert list(got) == [t.itemsize for t in (PERSON, MODEL, CELL, BALANCE)] + [
        ctypes.sizeof(World)
    ], list(got)
    return found


def windows_of_effects(models: list, published: Published) -> dict[str, tuple[float, float]]:
    """Return the interval of the effect of each model on which the most printed cells hold."""
    found = {}
    for m in models:
        if m.effect is None:
            continue
        pooled, stem = m.panel == "pooled", {"r": "6", "o": "6", "i": "7"}[m.outcome[0]]
        stem = "7" if m.outcome.startswith("reliable") else stem
        number = {"6": ["1", "2"] if m.outcome in HEALTH else ["3", "4"], "7": ["1", "2"]}[stem]
        rows = published.table(f"table-{stem}-{number[0 if pooled else 1]}")
        rows = rows[(rows["panel"] == m.panel) & (rows["row"] == m.outcome)]
        table = dict(zip(rows["column"], rows["value"], strict=True))
        people = sum(CONTROLS[m.outcome in HEALTH][s] for s in (SITES if pooled else [m.panel]))
        control = round(m.cells["control_mean", "proportion"] * people) / people
        p = m.cells["marginal_treatment_effect", "proportion"]
        windows = [
            (p - 0.0005, p + 0.0005),
            # The printed difference is that of the printed shares, and holds where these do.
            (
                table["treatment"] / 100 - 0.0005 - control,
                table["treatment"] / 100 + 0.0005 - control,
            ),
        ]
        tried = np.arange(p - 0.002, p + 0.002, 0.00001)
        inside = sum((a < tried) & (tried < b) for a, b in windows)
        best = tried[inside == inside.max()]
        found[m.name] = (best.min(), best.max())
    return found


@dataclass(frozen=True)
class Kept:
    """A state of the search, with its fits."""

    P: np.ndarray
    shape: np.ndarray
    cells: np.ndarray
    balance: np.ndarray
    v: np.ndarray
    betas: list


@dataclass(frozen=True)
class Exchanges:
    """Exchanges that could be made.

    whom: n x 3, two people, or one and -1, and the kind. after: n x 2, the people afterwards.
    moved: n x cells, by how many half windows.
    """

    whom: np.ndarray
    after: np.ndarray
    moved: np.ndarray

    @classmethod
    def of(cls, parts: list["Exchanges"]) -> "Exchanges":
        """Return several as one."""
        names = ("whom", "after", "moved")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def apart(self, shares: np.ndarray, most: int) -> list[int]:
        """Return up to so many of which most is wanted, no two of them with the same person."""
        taken, made = set[int](), []
        for k in np.argsort(-shares):
            people = {int(person) for person in self.whom[k, :2] if person >= 0}
            if shares[k] < LEAST_SHARE or len(made) == most:
                break
            if not people & taken:
                taken |= people
                made.append(int(k))
        return made

    def make(self, search: "Search", made: list[int]) -> None:
        """Make exchanges; who takes part has ages and days as they were when it was found."""
        for k in made:
            for person, new in zip(self.whom[k, :2], self.after[k], strict=True):
                if person >= 0:
                    search.P[person] = new


class Search:
    """People, models and cells as the kernel knows them."""

    def __init__(
        self,
        people: pd.DataFrame,
        models: list,
        published: Published,
        settings: TrailblazersSettings,
    ):
        self.people, self.models, self.settings = people, models, settings
        self.library = compiled()
        self.P = self._persons(people)
        claimants = people[people["benefits"]]
        self.medians = (claimants["motivation"].median(), claimants["prior_days"].median())
        order = {"north_east": 0, "west_london": 1, "blackpool": 2, "pooled": 3}
        self.models = sorted(models, key=lambda m: (order[m.panel], m.outcome not in HEALTH))
        effects = windows_of_effects(models, published)
        self.shape = np.zeros(len(models), MODEL)
        self.names, keys, low, high, first = [], [], [], [], 0
        self.specs = []
        self.month_max = int(people["month"].max())
        for number, m in enumerate(self.models):
            design = build(m, people, people[m.outcome].to_numpy(float))
            names, spec = design.names, []
            for (row, statistic), printed in m.cells.items():
                name = ROWS.get(row, row)
                term = name in names
                margin = row == "marginal_treatment_effect" or row.startswith("margin_")
                if not term and not margin:
                    continue
                if statistic == "standard_error" and not term and printed >= MISPRINTED:
                    continue
                error = statistic == "standard_error"
                spec.append((row, name if term else "", error))
                keys.append((m.exhibit, m.panel, row, m.outcome, statistic))
                a, b = printed - 0.0005, printed + 0.0005
                if margin and not error and m.name in effects:
                    a, b = effects[m.name]
                low.append(a)
                high.append(b)
            self.specs.append(spec)
            self.names.append(names)
            self._shape(number, m, names, design, first, len(spec))
            first += len(spec)
        self.cells = np.zeros(first, CELL)
        self.ncell = first
        self.balance_keys = []
        for sample, table in enumerate((SEEN, ON_BENEFIT)):
            for name, means in table.items():
                for arm in (0, 1):
                    self.balance_keys.append((sample, name, arm))
                    low.append(means[arm] - 0.005)
                    high.append(means[arm] + 0.005)
                row = {"age": "age_at_randomisation", "motivation": "motivation_baseline"}
                row |= {
                    "time_since": "time_since_randomisation",
                    "phq9": "phq9_baseline",
                    "gad7": "gad7_baseline",
                }
                tab = published.table(["table-3", "table-4"][sample])
                p = tab[(tab["row"] == row[name]) & (tab["column"] == "p_value")]["value"]
                if len(p):
                    self.balance_keys.append((sample, name, 2))
                    low.append(float(p.iloc[0]) - 0.005)
                    high.append(float(p.iloc[0]) + 0.005)
        self.balance = np.zeros(len(self.balance_keys), BALANCE)
        self.keys = keys
        self.low, self.high = np.array(low), np.array(high)
        self.R = len(low)
        self.half = (self.high - self.low) / 2
        # Effects and margins print or they do not.
        self.shares = [k for k, key in enumerate(self.keys) if key[4] == "proportion"]
        self.half[self.shares] *= 0.3
        # Effects and balance are in tables of the report itself.
        self.elsewhere = [k for k in self.shares if keys[k][2] == "marginal_treatment_effect"]
        self.elsewhere += range(self.ncell, self.R)
        self.half[self.ncell :] *= 0.3
        self.v = np.zeros(self.R)
        self.ok = [np.ascontiguousarray(possible(i).astype(np.int32)) for i in ("gad7", "phq9")]
        self.betas: list = [None] * len(self.models)
        self._order()

    def _persons(self, people: pd.DataFrame) -> np.ndarray:
        p = np.zeros(len(people), PERSON)
        p["site"] = pd.Categorical(people["site"], categories=SITES).codes
        p["arm"], p["month"] = people["arm"], people["month"]
        p["female"] = people["dwp_sex"] == "female"
        p["unknown"] = people["health_sex"] == "not_known"
        p["gad"], p["phq"] = people["gad7"].round(), people["phq9"].round()
        p["time"], p["prior"] = people["time_since"].round(), people["prior_days"].round()
        codes = {b.upper(): k for k, b in enumerate(BENEFITS)}
        p["benefit"] = [codes.get(b, 8) for b in people["benefit"]]
        p["health"], p["seen"], p["onbenefit"] = (
            people["health"],
            people["seen"],
            people["benefits"],
        )
        for name, outcomes, states, inside in (
            ("sgad", names_of("gad7"), HEALTH_STATES, "health"),
            ("sphq", names_of("phq9"), HEALTH_STATES, "health"),
            ("sben", [*OFF, END], BENEFIT_STATES, "benefits"),
        ):
            y = people[outcomes].to_numpy()
            state = (y[:, None, :] == states[None]).all(-1).argmax(1)
            p[name] = np.where(people[inside], state, -1)
        p["age"] = np.round(people["age"] * YEAR) / YEAR
        p["motivation"] = people["motivation"].round()
        p["last_possible"], p["returned"] = 400, people["returned"]
        return p

    def _shape(self, number, m, names, design, first, ncell) -> None:
        s = self.shape[number]
        s["panel"] = ["north_east", "west_london", "blackpool", "pooled"].index(m.panel)
        s["outcome"] = OUTCOMES.index(m.outcome)
        s["nd"], s["ncell"], s["first"] = len(names), ncell, first
        for k, name in enumerate(names):
            code = {
                "above": f"above_{m.split}",
                "treatment_above": f"treatment_above_{m.split}",
                "baseline": HEALTH.get(m.outcome, ""),
                "female": "female_health" if m.outcome in HEALTH else "female_benefits",
            }.get(name, name)
            s["column"][k] = COLUMNS[code]
        inside = np.zeros(len(self.P), bool)
        inside[design.position] = True
        could = self._members(number)
        for month in range(MONTHS):
            here = could & (self.P["month"] == month)
            s["excluded"][month] = not (inside & here).any()
        could &= s["excluded"][self.P["month"]] == 0
        if m.outcome == END:
            for b in range(8):
                here = could & (self.P["benefit"] == b)
                s["barred"][b] = here.any() and not (inside & here).any()
        if m.outcome in HEALTH:
            here = could & (self.P["unknown"] == 1)
            s["barred_unknown"] = here.any() and not (inside & here).any()
        assert (self._members(number) == inside).all(), m.name
        s["n"], s["small"] = inside.sum(), inside.sum() / (inside.sum() - 1)

    def _members(self, number: int) -> np.ndarray:
        s, p = self.shape[number], self.P
        inside = (p["health"] if s["outcome"] < 6 else p["onbenefit"]) == 1
        if s["panel"] < 3:
            inside &= p["site"] == s["panel"]
        inside &= s["excluded"][p["month"]] == 0
        if s["outcome"] == 10:
            inside &= s["barred"][p["benefit"]] == 0
        if s["barred_unknown"]:
            inside &= p["unknown"] == 0
        return inside

    def _order(self) -> None:
        """Stand people of a site in order of likeness, renewed at each round."""
        p = self.P
        rng = np.random.default_rng(int(time.time()))
        keys = [
            p["month"],
            p["arm"],
            p["age"] // 6,
            p["motivation"] // 5,
            p["female"],
            p["prior"] // 900,
        ]
        rng.shuffle(keys)
        rank = np.lexsort([rng.random(len(p)), *keys, p["site"]])
        place = np.empty(len(p), np.int32)
        place[rank] = np.arange(len(p))
        self.order = np.concatenate([place, rank]).astype(np.int32)
        self.start = np.array([0, *np.cumsum(np.bincount(p["site"], minlength=3))], np.int32)

    def attributes(self) -> np.ndarray:
        """Return people x columns."""
        p = self.P
        A = np.zeros((len(p), 26))
        t, am, ab = p["arm"], p["motivation"] >= self.medians[0], p["prior"] >= self.medians[1]
        A[:, 0], A[:, 1], A[:, 2], A[:, 3], A[:, 4] = t, am, t * am, ab, t * ab
        A[:, 5], A[:, 6], A[:, 7], A[:, 8] = (
            p["gad"],
            p["phq"],
            p["female"] * (1 - p["unknown"]),
            p["unknown"],
        )
        A[:, 9], A[:, 10], A[:, 11], A[:, 12] = p["age"], p["motivation"], p["time"], p["female"]
        for b in range(8):
            A[:, 13 + b] = p["benefit"] == b
        A[:, 21], A[:, 22], A[:, 23], A[:, 24] = p["prior"], p["site"] == 1, p["site"] == 2, 1
        return A

    def outcomes(self) -> np.ndarray:
        """Return people x outcomes."""
        p = self.P
        return np.hstack(
            [HEALTH_STATES[p["sgad"]], HEALTH_STATES[p["sphq"]], BENEFIT_STATES[p["sben"]]]
        )

    def refit(self) -> bool:
        """Fit every logit anew: cells and their functionals; False where a fit is not finite."""
        A, Y = self.attributes(), self.outcomes()
        for number, names in enumerate(self.names):
            s = self.shape[number]
            inside = self._members(number)
            if inside.sum() != s["n"]:
                self.lost = f"{self.models[number].name}: {inside.sum()} of {s['n']:.0f}"
                return False
            month = self.P["month"][inside]
            months = np.unique(month)
            nd = s["nd"]
            x = np.column_stack(
                [A[inside][:, s["column"][:nd]], *((month == q).astype(float) for q in months[1:])]
            )
            y = Y[inside, s["outcome"]].astype(float)
            for q in months:
                if np.ptp(y[month == q]) == 0:
                    self.lost = f"{self.models[number].name}: month {q} does not vary"
                    return False
            try:
                fitted = logit.fit(
                    x,
                    y,
                    self.betas[number]
                    if self.betas[number] is not None and len(self.betas[number]) == x.shape[1]
                    else None,
                )
            except np.linalg.LinAlgError:
                self.lost = f"{self.models[number].name}: singular"
                return False
            if not np.isfinite(fitted.beta).all() or np.abs(fitted.beta[: nd - 1]).max() > 40:
                self.betas[number] = None
                self.lost = f"{self.models[number].name}: not finite"
                return False
            self.betas[number] = fitted.beta
            s["beta"][:nd], s["month"][:] = fitted.beta[:nd], 0
            s["month"][months[1:]] = fitted.beta[nd:]
            self._functionals(number, x, y, fitted, names, months[1:])
        self._balance()
        return bool(np.isfinite(self.v).all())

    def _functionals(self, number, x, y, fit, names, months) -> None:
        s, nd, n = self.shape[number], len(names), len(y)
        p = fit.probability
        r, w, small, skew = y - p, p * (1 - p), n / (n - 1), 1 - 2 * p
        spec, k = self.specs[number], x.shape[1]
        G, values, hess = np.zeros((k, len(spec))), np.zeros(len(spec)), {}
        cells = self.cells[s["first"] : s["first"] + s["ncell"]]
        margins: dict = {}
        for c, (row, term, _) in enumerate(spec):
            if term:
                j = names.index(term)
                G[j, c], values[c] = 1.0, fit.beta[j]
                continue
            if row not in margins:
                if row.startswith("margin_"):
                    settings = [(1.0, margin_settings(row, names))]
                else:
                    t = names.index("treatment")
                    settings = [(1.0, {t: 1.0}), (-1.0, {t: 0.0})]
                value, g, parts = 0.0, np.zeros(k), []
                for sign, at in settings:
                    xs = x.copy()
                    for j, value_at in at.items():
                        xs[:, j] = value_at
                    ps = logit.expit(xs @ fit.beta)
                    ws = ps * (1 - ps)
                    value, g = value + sign * ps.mean(), g + sign * (ws @ xs) / n
                    parts.append((sign, at, xs, ws * (1 - 2 * ps)))
                margins[row] = (value, g, parts)
            value, G[:, c], hess[c] = margins[row]
            values[c] = value
        one, two = fit.bread @ G, fit.covariance @ G
        near, far = x @ one, x @ two
        size = np.sqrt(np.einsum("ks,ks->s", G, two))
        Q = x.T @ (-2 * w[:, None] * near * (skew[:, None] * far + small * r[:, None] * near))
        for c, parts in hess.items():
            f = two[:, c]
            for sign, _, xs, curve in parts[2] if isinstance(parts, tuple) else parts:
                Q[:, c] += 2 * sign * xs.T @ (curve * (xs @ f)) / n
        q = fit.bread @ Q
        for c, (row, term, error) in enumerate(spec):
            cell = cells[c]
            cell["kind"] = (2 if error else 0) if term else (3 if error else 1)
            cell["value"] = size[c] if error else values[c]
            for name, vector in (
                ("a", one[:, c]),
                ("b", one[:, c]),
                ("f", two[:, c]),
                ("q", q[:, c]),
            ):
                cell[name][:nd], cell[name + "m"][:] = vector[:nd], 0
                cell[name + "m"][months] = vector[nd:]
            if not term:
                parts = margins[row][2]
                cell["nset"] = len(parts)
                for number_, (sign, at, *_) in enumerate(parts):
                    cell["sign"][number_], cell["n"][number_] = sign, len(at)
                    for z, (j, value_at) in enumerate(at.items()):
                        cell["column"][number_, z], cell["setting"][number_, z] = j, value_at
            self.v[s["first"] + c] = cell["value"]

    def _balance(self) -> None:
        A = self.attributes()
        column = {"age": 9, "motivation": 10, "time_since": 11, "gad7": 5, "phq9": 6}
        for k, (sample, name, arm) in enumerate(self.balance_keys):
            inside = (self.P["onbenefit"] if sample else self.P["seen"]) == 1
            b, x = self.balance[k], A[:, column[name]]
            x0, x1 = (x[inside & (self.P["arm"] == a)] for a in (0, 1))
            b["attribute"], b["sample"], b["centre"] = column[name], sample, (x0.mean(), x1.mean())
            b["lin"], b["quad"] = 0, 0
            if arm < 2:
                b["lin"][arm] = 1 / len((x0, x1)[arm])
                self.v[self.ncell + k] = (x0, x1)[arm].mean()
                continue
            p, h = t_test(x0, x1, EQUAL), 1e-4
            up, down = t_test(x0 + h, x1, EQUAL), t_test(x0 - h, x1, EQUAL)
            by_mean = (up - down) / (2 * h)
            wider = [
                x0.mean() + (x0 - x0.mean()) * (1 + 1e-4),
                x1.mean() + (x1 - x1.mean()) * (1 + 1e-4),
            ]
            b["lin"] = by_mean / len(x0), -by_mean / len(x1)
            b["quad"] = [
                (t_test(wider[0], x1, EQUAL) - p) / 2e-4 / x0.var() / len(x0),
                (t_test(x0, wider[1], EQUAL) - p) / 2e-4 / x1.var() / len(x1),
            ]
            self.v[self.ncell + k] = p

    def world(self) -> World:
        """Return the state as the kernel reads it; arrays stay alive on self."""
        self.target = self.aim(self.inset)
        self.g = np.zeros(self.R)
        w = World(len(self.P), len(self.shape), self.ncell, len(self.balance), self.R, 0)
        for name, array in (
            ("p", self.P),
            ("m", self.shape),
            ("c", self.cells),
            ("b", self.balance),
            ("gad_ok", self.ok[0]),
            ("phq_ok", self.ok[1]),
            ("M", self.M),
            ("Mf", self.Mf),
            ("target", self.target),
            ("half", self.half),
            ("v", self.v),
            ("g", self.g),
        ):
            setattr(w, name, pointer(array))
        w.median_m, w.median_b = self.medians
        w.monthmax, w.missing_first = (
            self.month_max,
            self.settings.recruitment.missing_months[1] - 4,
        )
        return w

    inset, M, Mf = 0.4, np.zeros((1, 1)), np.zeros((1, 1), np.float32)
    unit = (3.0, 40.0, 600.0)  # years of age, days to the last score, days on benefit

    def variables(self) -> tuple[np.ndarray, np.ndarray]:
        """Return (person, number of the unit) of what moves smoothly."""
        p = self.P
        who = [
            np.flatnonzero((p["health"] | p["onbenefit"] | p["seen"]) == 1),
            np.flatnonzero(p["health"] == 1),
            np.flatnonzero(p["onbenefit"] == 1),
        ]
        return np.concatenate(who).astype(np.int32), np.repeat(
            [0, 1, 2], [len(w) for w in who]
        ).astype(np.int32)

    def slopes(self) -> np.ndarray:
        """Return slopes of cells (half windows) by what moves smoothly: variables x cells."""
        who, what = self.variables()
        unit = np.array([self.unit[w] for w in what])
        out = np.zeros((len(who), self.R), np.float32)
        w = self.world()
        self.library.slopes(
            ctypes.byref(w),
            POINTER(pointer(who)),
            POINTER(pointer(what)),
            ctypes.c_long(len(who)),
            POINTER(pointer(unit)),
            POINTER(pointer(out)),
        )
        return out / self.half.astype(np.float32)

    def metric(self, ridge: float) -> None:
        """Set the metric: what smooth changes reach cheaply weighs little."""
        J = self.slopes()
        who, what = self.variables()
        p = self.P[who]
        # Whoever is at a bound cannot help.
        value = np.choose(what, [p["age"], p["time"], p["prior"]])
        least, most = np.choose(what, [18.1, 2, 2]), np.choose(what, [69.9, 800, 5995])
        below = (what == 2) & (np.abs(p["prior"] - self.medians[1]) < 10)
        J = J[(value > least) & (value < most) & ~below]
        G = (J.T @ J).astype(float)
        self.M = np.ascontiguousarray(np.linalg.inv(G / ridge + np.eye(self.R)))
        self.Mf = np.ascontiguousarray(self.M.astype(np.float32))

    def aim(self, inset: float) -> np.ndarray:
        """Return where each cell is to go: to the inside of its window."""
        half = (self.high - self.low) / 2
        inset = np.minimum(inset * half, half)
        return np.clip(self.v, self.low + inset, self.high - inset)

    @property
    def away(self) -> np.ndarray:
        """How far each cell is from the middle of its window, in half windows."""
        return (2 * self.v - self.low - self.high) / (self.high - self.low)

    def misses(self) -> np.ndarray:
        """Return by how many half windows each cell is outside its window."""
        return np.maximum(np.abs(self.away) - 1, 0)

    def outside(self) -> int:
        """Return how many cells are outside their windows."""
        return int((self.misses() > 1e-9).sum())

    def told(self, cells: np.ndarray) -> str:
        """Return cells with their misses in half windows, for the log."""
        return "; ".join(
            f"{'/'.join(self.keys[k][1:5])} {self.misses()[k]:.0f}" for k in cells if k < self.ncell
        )

    def weights(self, sharp: float) -> np.ndarray:
        """Return what half a window beyond its own costs each cell: the less, the farther it is."""
        weight = 1 / (self.misses() + sharp)
        weight[self.shares] *= 3
        weight[self.elsewhere] = 10 / sharp
        return weight

    def kept(self) -> Kept:
        """Return a copy of the state and its fits."""
        arrays = (self.P, self.shape, self.cells, self.balance, self.v)
        return Kept(*(array.copy() for array in arrays), list(self.betas))

    def restore(self, kept: Kept) -> None:
        """Go back to a state."""
        for name in ("P", "shape", "cells", "balance", "v", "betas"):
            getattr(self, name)[:] = getattr(kept, name)

    def priced(
        self,
        prices: np.ndarray,
        kinds: tuple[int, ...] | None,
        of_size: float,
        steps: int,
        most: int,
        seed: int,
    ) -> Exchanges:
        """Return the best exchanges at prices of cells, one of each person, of some kinds or all.

        of_size: the price of the root of the sum of squares of what an exchange moves.
        """
        n = len(self.P)
        self._order()
        mix = MIX if kinds is None else np.isin(np.arange(KINDS), kinds).astype(float)
        score, whom = np.zeros(n), np.full((n, 3), -1, INT)
        after, moved = np.zeros((n, 2), PERSON), np.zeros((n, self.R), np.float32)
        world, given = self.world(), (np.cumsum(mix) / mix.sum(), self.order, self.start, prices)
        self.library.priced(
            ctypes.byref(world),
            ctypes.c_long(steps),
            ctypes.c_ulonglong(seed),
            *(POINTER(pointer(array)) for array in given),
            ctypes.c_double(of_size),
            *(POINTER(pointer(array)) for array in (score, whom, after, moved)),
        )
        best = np.argsort(-score)[:most]
        best = best[score[best] > 0]
        return Exchanges(whom[best], after[best], moved[best])

    def day_of_smooth(self) -> np.ndarray:
        """Return how much a day is of what moves smoothly."""
        return np.array([1 / YEAR, 1.0, 1.0])[self.variables()[1]]

    def smooth_values(self) -> np.ndarray:
        """Return the values of what moves smoothly: ages in years, and days."""
        who, what = self.variables()
        return np.concatenate(
            [self.P[name][who[what == k]].astype(float) for k, name in enumerate(SMOOTH)]
        )

    def set_smooth(self, values: np.ndarray) -> None:
        """Set what moves smoothly, in whole days."""
        who, what = self.variables()
        for k, name in enumerate(SMOOTH):
            new = values[what == k]
            self.P[name][who[what == k]] = np.round(new * YEAR) / YEAR if k == 0 else np.round(new)

    def bounds(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return unit, least and greatest value of what moves smoothly, both of whole days."""
        (who, what), p = self.variables(), self.P
        low, high = np.empty(len(who)), np.empty(len(who))
        low[what == 0], high[what == 0] = np.ceil(18.03 * YEAR), np.floor(69.97 * YEAR)
        i = who[what == 1]
        latest = np.floor(400 + np.floor(30.4 * (self.month_max - p["month"][i])))
        low[what == 1], high[what == 1] = 1, latest
        above = p["prior"][who[what == 2]] >= self.medians[1]
        low[what == 2] = np.where(above, np.ceil(self.medians[1]), 1)
        high[what == 2] = np.where(above, 6000, np.ceil(self.medians[1]) - 1)
        day = self.day_of_smooth()
        return np.array([self.unit[w] for w in what]), low * day, high * day

    def lack(self) -> float:
        """Return what is to be least: cells outside, counted twice, and some of their misses."""
        misses = self.misses()
        costs = 2 * (misses > 1e-9) + np.minimum(misses, 1.5)
        costs[self.elsewhere] *= 10
        return float(costs.sum())

    def smooth(self, steps: int, ridge: float, say=print) -> None:
        """Gauss-Newton on ages and days over all cells, within bounds."""
        unit, low, high = self.bounds()
        inset = 0.15

        def cost() -> float:
            return float((((self.v - self.aim(inset)) / self.half) ** 2).sum())

        best = cost()
        for _ in range(steps):
            z, J = self.smooth_values(), self.slopes().astype(float)
            target = self.aim(0.3)
            r = (target - self.v) / self.half
            lo, hi = np.clip((low - z) / unit, -1.0, 0), np.clip((high - z) / unit, 0, 1.0)
            free, x = np.ones(len(z), bool), np.zeros(len(z))
            G = J.T @ J
            for _ in range(4):
                y = np.linalg.solve(G + ridge * np.eye(self.R), r - x @ J)
                want = x + free * (J @ y)
                x = np.clip(want, lo, hi)
                hit = free & (np.abs(want - x) > 1e-12)
                if not hit.any():
                    break
                free &= ~hit
                G -= J[hit].T @ J[hit]
            done = False
            for part in (1.0, 0.5, 0.2):
                self.set_smooth(z + part * x * unit)
                if self.refit() and cost() < best * 0.999:
                    done, best = True, cost()
                    break
            if not done:
                self.set_smooth(z)
                self.refit()
                ridge *= 10
                if ridge > 1e4:
                    break
            else:
                ridge = max(ridge / 3, 0.01)
            size = np.sqrt((x**2).mean())
            say(
                f"    smooth part {part if done else 0} cost {best:.0f} ridge {ridge:.2g}"
                f" outside {self.outside()} rms {size:.3f}"
            )

    def moved(self) -> pd.DataFrame:
        """Return people as they are now."""
        p, people = self.P, self.people.copy()
        people["arm"], people["month"] = p["arm"].astype(np.int64), p["month"].astype(np.int64)
        people["dwp_sex"] = np.where(p["female"] == 1, "female", "male")
        people["health_sex"] = np.where(p["unknown"] == 1, "not_known", people["dwp_sex"])
        people["benefit"] = np.array([*(b.upper() for b in BENEFITS), "ESA"], object)[p["benefit"]]
        for name, field in (
            ("gad7", "gad"),
            ("phq9", "phq"),
            ("time_since", "time"),
            ("prior_days", "prior"),
        ):
            people[name] = p[field].astype(float)
        people["age"], people["motivation"] = p["age"], p["motivation"].astype(float)
        y = self.outcomes().astype(float)
        for k, name in enumerate(OUTCOMES):
            inside = people["health"] if name in HEALTH else people["benefits"]
            people[name] = np.where(inside, y[:, k], np.nan)
        return people
