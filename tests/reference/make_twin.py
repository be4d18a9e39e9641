"""Writes twin.json: values that estimators are held against, by other people's code.

Run in an environment of its own, since its packages are no dependency of the project:

    python -m venv oracle
    oracle/bin/pip install StatsPAI==1.40.2 linearmodels==7.1 firthmodels==0.8.2
    oracle/bin/python tests/reference/make_twin.py

twin_extract.csv is every seventh person of two trial groups of the twin (synthetic people),
with covariates, outcomes and weights.
"""

import json
from pathlib import Path

import linearmodels
import numpy as np
import pandas as pd
import statspai as sp
from firthmodels import FirthLogisticRegression
from linearmodels.iv import IV2SLS

HERE = Path(__file__).parent
COVARIATES = ["oow", "age", "female"]
FORMULA = "arm + oow + age + female"


def extract() -> pd.DataFrame:
    frame = pd.read_csv(HERE / "twin_extract.csv")
    return frame.assign(oow=(frame["trial_group"] == "scr_oow").astype(float), one=1.0)


def least_squares(frame: pd.DataFrame) -> dict:
    found = {}
    for outcome in ("employed_13_weeks_12m", "earnings_total_12m"):
        own = frame.dropna(subset=[outcome])
        for robust in ("hc1", "hc2"):
            fit = sp.regress(f"{outcome} ~ {FORMULA}", own, robust=robust)
            found[f"{outcome} {robust.upper()}"] = [fit.params["arm"], fit.std_errors["arm"]]
    return found


def weighted(frame: pd.DataFrame) -> dict:
    own = frame.dropna(subset=["swemwbs_12m", "weight_12m"])
    model = IV2SLS(
        own["swemwbs_12m"], own[["one", "arm", *COVARIATES]], None, None, weights=own["weight_12m"]
    )
    fit = model.fit(cov_type="robust", debiased=True)
    return {"swemwbs_12m HC1": [fit.params["arm"], fit.std_errors["arm"]]}


def instrumented(frame: pd.DataFrame) -> dict:
    own, found = frame.dropna(subset=["employed_13_weeks_12m"]), {}
    model = IV2SLS(
        own["employed_13_weeks_12m"],
        own[["one", *COVARIATES]],
        own[["met_specialist"]],
        own[["arm"]],
    )
    for name, kind in (("HC1", "robust"), ("classical", "unadjusted")):
        fit = model.fit(cov_type=kind, debiased=True)
        found[f"employed_13_weeks_12m {name}"] = [
            fit.params["met_specialist"],
            fit.std_errors["met_specialist"],
        ]
    return found


def logit(frame: pd.DataFrame) -> dict:
    """Coefficients, robust errors and the discrete change of treatment, error by differences."""
    own = frame.dropna(subset=["employed_13_weeks_12m"])
    # Nobody of this made-up category is employed: Stata's rule drops it and its people.
    own = own.assign(rare=((own["employed_13_weeks_12m"] == 0) & (own["age"] > 55)).astype(float))
    fit = sp.logit(f"employed_13_weeks_12m ~ {FORMULA} + rare", own, robust="robust")
    names = ["one", "arm", *COVARIATES]
    beta = np.array([fit.params["Intercept" if n == "one" else n] for n in names])
    used = own[own["rare"] == 0]
    x = used[names].to_numpy(dtype=float)

    def change(b):
        treated, control = x.copy(), x.copy()
        treated[:, 1], control[:, 1] = 1, 0
        return (1 / (1 + np.exp(-treated @ b)) - 1 / (1 + np.exp(-control @ b))).mean()

    # The sandwich with Stata's N/(N-1), by hand at StatsPAI's coefficients.
    p = 1 / (1 + np.exp(-x @ beta))
    bread = np.linalg.inv((x * (p * (1 - p))[:, None]).T @ x)
    score = x * (used["employed_13_weeks_12m"].to_numpy() - p)[:, None]
    covariance = bread @ score.T @ score @ bread * len(x) / (len(x) - 1)
    steps = np.eye(len(beta)) * 1e-6 * np.maximum(np.abs(beta), 1e-2)[:, None]
    gradient = np.array([(change(beta + s) - change(beta - s)) / (2 * s.sum()) for s in steps])
    errors = [fit.std_errors["Intercept" if n == "one" else n] for n in names]
    return {
        "names": names,
        "coefficients": beta.tolist(),
        "std_errors": [float(e) for e in errors],
        "effect": change(beta),
        "effect_std_error": float(np.sqrt(gradient @ covariance @ gradient)),
        "n": len(used),
        "dropped": int((own["rare"] == 1).sum()),
    }


def firth(frame: pd.DataFrame) -> dict:
    own = frame.dropna(subset=["employed_13_weeks_12m"])
    y = own["employed_13_weeks_12m"]
    own = own.assign(rare=((y == 0) & (own["age"] > 55)).astype(float))
    fit = FirthLogisticRegression(backend="numpy", max_iter=200, gtol=1e-10, xtol=1e-10)
    fit.fit(own[["arm", *COVARIATES, "rare"]].to_numpy(dtype=float), y.to_numpy())
    # The information at the estimate, whose inverse is the covariance, by hand.
    beta = np.append(fit.intercept_, fit.coef_.ravel())
    x = np.column_stack([np.ones(len(own)), own[["arm", *COVARIATES, "rare"]].to_numpy(float)])
    p = 1 / (1 + np.exp(-x @ beta))
    covariance = np.linalg.inv((x * (p * (1 - p))[:, None]).T @ x)
    return {"coefficients": beta.tolist(), "std_errors": np.sqrt(np.diag(covariance)).tolist()}


def bounds(frame: pd.DataFrame) -> dict:
    """Lee's bounds by counting people out one by one, with his standard errors."""
    y = {arm: frame.loc[frame["arm"] == arm, "swemwbs_12m"] for arm in (0, 1)}
    known = {arm: sorted(v.dropna()) for arm, v in y.items()}
    share = {arm: len(known[arm]) / len(y[arm]) for arm in (0, 1)}
    more = 1 if share[1] >= share[0] else 0
    excess = 1 - share[1 - more] / share[more]
    total, other = len(known[more]), np.array(known[1 - more])
    found = {}
    for side, ordered in (("low", known[more]), ("high", known[more][::-1])):
        left, mass, kept = total * (1 - excess), [], []
        for value in ordered:
            part = min(1.0, max(0.0, left))
            left -= part
            if part > 0:
                kept.append(value)
                mass.append(part)
        size, mean = sum(mass), sum(m * v for m, v in zip(mass, kept, strict=True)) / sum(mass)
        within = sum(m * (v - mean) ** 2 for m, v in zip(mass, kept, strict=True)) / size
        edge = kept[-1] - mean
        v_p = (1 - excess) ** 2 * sum((1 - share[a]) / (share[a] * len(y[a])) for a in (0, 1))
        variance = (within + edge**2 * excess) / size + (edge / (1 - excess)) ** 2 * v_p
        error = (variance + other.var(ddof=1) / len(other)) ** 0.5
        sign = 1 if more else -1
        found[side] = [sign * (mean - other.mean()), error]
    lower, upper = sorted(found.values())
    return {"lower_bound": lower, "upper_bound": upper, "trimmed_arm": more}


def adjusted() -> dict:
    """Hochberg and Benjamini-Hochberg from their definitions, on eight p-values."""
    p = [0.0001, 0.0402, 0.021, 0.0095, 0.2, 0.04, 0.63, 0.01]
    m, order = len(p), sorted(range(8), key=lambda i: p[i])
    hochberg, discovery = [0.0] * m, [0.0] * m
    for rank, i in enumerate(order):
        hochberg[i] = min(min(1, (m - r) * p[order[r]]) for r in range(rank, m))
        discovery[i] = min(min(1, m / (r + 1) * p[order[r]]) for r in range(rank, m))
    return {"p_values": p, "hochberg": hochberg, "benjamini_hochberg": discovery}


if __name__ == "__main__":
    people = extract()
    values = {
        "origin": f"StatsPAI {sp.__version__}, linearmodels {linearmodels.__version__} and hand "
        "calculations, by make_twin.py on twin_extract.csv",
        "ols": least_squares(people),
        "weighted": weighted(people),
        "iv": instrumented(people),
        "logit": logit(people),
        "firth": firth(people),
        "lee": bounds(people),
        "adjusted": adjusted(),
    }
    text = json.dumps(values, indent=1, default=float)
    (HERE / "twin.json").write_text(text + "\n", encoding="utf-8")
