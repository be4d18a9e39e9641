"""Trials without an effect over many seeds: what share of tests finds one all the same.

    .venv/bin/python benchmarks/null.py --trial hlt --seeds 200

makes seeds that are not there yet, and can be stopped at any time; `--summary` works out what the
seeds made so far say. HLT is made at a scale of .15, the Trailblazers at 1. Every p-value of every
family is kept; tests against other allocations (Westfall and Young) are left out, because they
take longer than all the rest.

Errors and distributions of the tests hold in large samples. Tests of a level or site with fewer
than SMALL people in an arm are kept and shown by their number, and not counted; nor are logits
without a maximum. SMALL was 20 until 200 seeds had been made, which showed that the tests of
subgroups, with as many covariates as those of everybody, find 6 to 7% between 20 and 40.
"""

import argparse
import hashlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from common import RESULTS, save

from ipseval.config.declared import TrialConfig
from ipseval.config.load import load_trial
from ipseval.config.run import ExtractSource
from ipseval.errors import InputError
from ipseval.extracts.build import Context, build_tables
from ipseval.impact.columns import named_columns
from ipseval.impact.declared import estimate_declared
from ipseval.linkage.link import link_trial
from ipseval.linkage.secret import read_secret
from ipseval.outcomes.by_linkage import derive_by_linkage
from ipseval.outcomes.derive import derive_outcomes
from ipseval.provenance import ROOT

SCALES = {"hlt": 0.15, "trailblazers": 1.0}
# What treatment itself is: nobody in the control group meets a specialist.
LEFT_OUT = {"take_up"}
# Rows whose hypothesis is that treatment changes nothing, or the same everywhere.
TERMS = ["arm", "equal effects", "Cochran Q", "likelihood ratio"]
KEYS = ["family", "group", "subgroup", "outcome", "timepoint", "model", "term"]
SMALL = 40
# Numbers of people in the smaller arm by which the tests of levels are shown.
SIZES = [0, 10, 20, 30, 40, 50, 75, 100, 150, np.inf]
# Packages whose code decides the p-values.
CODE = ["twin", "extracts", "linkage", "outcomes", "impact"]
# Declarations of a trial that do not.
NO_PART = ("exhibits", "economics")


def mark(trial: str) -> str:
    """Return a hash of the code and declarations that p-values of a trial depend on."""
    folder, package = ROOT / "config" / "trials" / trial, ROOT / "workflow" / "ipseval"
    files = [p for name in CODE for p in (package / name).rglob("*.py")] + [package / "arms.py"]
    files += [
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.relative_to(folder).as_posix().startswith(NO_PART)
    ]
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def estimates(trial: str, config: TrialConfig, seed: int) -> pd.DataFrame:
    """Return the estimates of all families of one trial without an effect."""
    folder = ROOT / "config" / "trials" / trial
    context = Context(
        config.trial, folder, Path(ROOT, "config", "published"), seed, "none", SCALES[trial], str
    )
    source = ExtractSource(source="synthetic", module=f"ipseval.twin.{trial}")
    tables = build_tables(trial, source, config.extracts, context)
    linked = link_trial(tables, config.trial, read_secret(None, trial), True, tables["truth"])
    links, methods = linked["links"], linked["links_by_method"]
    arguments = (config.trial, config.outcomes, tables, links)
    made = derive_outcomes(*arguments, linked["linkable"], str, config.paye)
    by_linkage = derive_by_linkage(*arguments, methods, made.people, config.paye)
    found = []
    for name in config.models.families:
        if name not in LEFT_OUT:
            declared = config.estimates_of(name)
            people = made.people[named_columns(made.people.columns, declared)]
            found.append(
                estimate_declared(trial, name, declared, seed, people, made.months, by_linkage)
            )
    return pd.concat(found)


def tests_of(found: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the p-values of one seed; missing where the likelihood has no maximum.

    smallest: people in the smaller arm, of the smallest level where levels are compared.
    """
    found = found.assign(
        smallest=found[["n_treatment", "n_control"]].min(axis=1),
        by=found["subgroup"].str.partition("=")[0],
    )
    of = ["family", "group", "outcome", "timepoint", "model", "by"]
    least = found[found["term"] == "arm"].groupby(of)["smallest"].min().rename("least")
    tests = found[found["term"].isin(TERMS)].join(least, on=of)
    smallest = tests["smallest"].where(tests["term"] == "arm", tests["least"])
    kept = tests[[*KEYS, "p_value"]].assign(smallest=smallest.fillna(0).astype("int32"))
    return kept.assign(seed=np.int16(seed))


def new_tests(trial: str, config: TrialConfig, seed: int, current: str) -> pd.DataFrame:
    """Return the p-values of a seed as they are kept."""
    found = estimates(trial, config, seed).reset_index(drop=True)
    new = tests_of(found, seed).astype(dict.fromkeys(KEYS, "str")).assign(code=current)
    return new.astype({"p_value": "float32"}).reset_index(drop=True)


def stored(trial: str, config: TrialConfig, current: str) -> pd.DataFrame | None:
    """Return the p-values made so far.

    Those of other code are taken over if their first seed comes out the same by this one.
    """
    path = RESULTS / f"null_{trial}.parquet"
    if not path.exists():
        return None
    made = pd.read_parquet(path)
    if (made["code"] != current).any():
        first = made[made["seed"] == made["seed"].min()].reset_index(drop=True)
        again = new_tests(trial, config, int(first["seed"].iloc[0]), current)
        same = len(first) == len(again) and (first[KEYS] == again[KEYS]).all(axis=None)
        p_values = first["p_value"], again["p_value"]
        if not (same and np.allclose(*p_values, atol=1e-6, equal_nan=True)):
            raise SystemExit(f"{path} has other p-values than this code; remove it to begin again")
        made = made.assign(code=current)
        made.to_parquet(path, index=False, compression="zstd")
    return made


def make(trial: str, config: TrialConfig, seed: int, current: str) -> None:
    """Make the p-values of a seed unless they are there, and keep them."""
    before = stored(trial, config, current)
    if before is not None and (before["seed"] == seed).any():
        return
    new = new_tests(trial, config, seed, current)
    table = new if before is None else pd.concat([before, new], ignore_index=True)
    path = RESULTS / f"null_{trial}.parquet"
    partial = path.with_suffix(".partial")
    table.to_parquet(partial, index=False, compression="zstd")
    partial.replace(path)
    print(f"{trial} seed {seed}: {len(new):,} tests", flush=True)


def share_below(tests: pd.DataFrame, level: float = 0.05) -> tuple[float, float]:
    """Return the share of p-values below a level, and its standard error clustered by seed."""
    known = tests.dropna(subset=["p_value"])
    below = (known["p_value"] < level).astype(float)
    share = below.mean()
    sums = (below - share).groupby(known["seed"]).sum()
    clusters = len(sums)
    if clusters < 2:
        return float(share), float("nan")
    error = np.sqrt((sums**2).sum() * clusters / (clusters - 1)) / len(known)
    return float(share), float(error)


def one_a_seed(tests: pd.DataFrame) -> np.ndarray:
    """Return one p-value of each seed, chosen by chance that depends on the seed alone."""
    known = tests.dropna(subset=["p_value"])
    return np.array(
        [
            part["p_value"].iloc[int(np.random.default_rng(int(seed)).random() * len(part))]
            for seed, part in known.groupby("seed")
        ],
        dtype=float,
    )


def holm(p_values: dict[str, float]) -> dict[str, float]:
    """Return p-values adjusted for all families by Holm (1979)."""
    from statsmodels.stats.multitest import multipletests

    adjusted = multipletests(list(p_values.values()), method="holm")[1]
    return dict(zip(p_values, adjusted, strict=True))


def _share(tests: pd.DataFrame) -> float | None:
    known = tests["p_value"].dropna()
    return round(float((known < 0.05).mean()), 5) if len(known) else None


def by_size(tables: dict[str, pd.DataFrame]) -> dict[str, dict]:
    """Return what tests of levels of subgroups say by the number of people in the smaller arm."""
    levels = pd.concat([t[t["subgroup"].str.contains("=", regex=False)] for t in tables.values()])
    found = {}
    for low, high in pairwise(SIZES):
        part = levels[(levels["smallest"] >= low) & (levels["smallest"] < high)]
        if part["p_value"].notna().any():
            share, error = share_below(part)
            found[f"{low:.0f} to {high - 1:.0f}" if np.isfinite(high) else f"{low:.0f} or more"] = {
                "tests": int(part["p_value"].notna().sum()),
                "share_below_05": round(share, 5),
                "standard_error": round(error, 5),
            }
    return found


def summary(tables: dict[str, pd.DataFrame]) -> dict:
    """Return what p-values say by family: excess fails, and what is conservative is shown.

    Kolmogorov and Smirnov's test is one-sided: small p-values are too many. Beside it stands the
    two-sided one, which sees a test that is conservative too.
    """
    from scipy.stats import kstest, norm

    families: dict[str, dict] = {}
    for trial, tests in tables.items():
        for family, every in tests.groupby("family", sort=False):
            is_small = every["smallest"] < SMALL
            part, small = every[~is_small], every[is_small]
            if part["p_value"].isna().all():
                continue
            share, error = share_below(part)
            p_values = one_a_seed(part)
            families[f"{trial}/{family}"] = {
                "seeds": int(part["seed"].nunique()),
                "tests": int(part["p_value"].notna().sum()),
                "not_estimated": int(every["p_value"].isna().sum()),
                "small": int(small["p_value"].notna().sum()),
                "small_share_below_05": _share(small),
                "share_below_05": round(share, 5),
                "standard_error": round(error, 5),
                "p_excess_share": float(norm.sf((share - 0.05) / error)) if error > 0 else 1.0,
                "p_ks_excess": float(kstest(p_values, "uniform", alternative="greater").pvalue),
                "p_ks": float(kstest(p_values, "uniform").pvalue),
            }
    for measure in ("p_excess_share", "p_ks_excess", "p_ks"):
        adjusted = holm({name: one[measure] for name, one in families.items()})
        for name, p in adjusted.items():
            families[name][f"{measure}_holm"] = round(float(p), 5)
            families[name][measure] = round(families[name][measure], 5)
    for one in families.values():
        excess = min(one["p_excess_share_holm"], one["p_ks_excess_holm"]) < 0.05
        low = one["share_below_05"] + 2 * one["standard_error"] < 0.05
        one["verdict"] = "excess" if excess else "conservative" if low else "as it should be"
    return families


def main() -> None:
    """Make seeds, or sum up those that are there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trial", choices=list(SCALES), action="append")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--summary", action="store_true", help="only sum up what is there")
    given = parser.parse_args()
    chosen = [] if given.summary else given.trial or list(SCALES)
    known = {trial: load_trial(ROOT / "config" / "trials", trial) for trial in chosen}
    marks = {trial: mark(trial) for trial in chosen}
    refused = []
    for seed in range(1, given.seeds + 1):
        for trial in chosen:
            try:
                make(trial, known[trial], seed, marks[trial])
            except InputError as error:
                # A seed whose people break a rule is a fault of their maker: it ends in failure.
                refused.append(f"{trial} seed {seed}: {error}")
                print(refused[-1], flush=True)
    made = {trial: RESULTS / f"null_{trial}.parquet" for trial in SCALES}
    tables = {trial: pd.read_parquet(path) for trial, path in made.items() if path.exists()}
    families = summary(tables)
    for name, one in families.items():
        print(
            f"{name:<36}{one['seeds']:>4} seeds {one['tests']:>8,} tests  below .05: "
            f"{one['share_below_05']:.4f} (SE {one['standard_error']:.4f})  "
            f"KS {one['p_ks_excess_holm']:.3f}  {one['verdict']}; "
            f"{one['small']:,} small: {one['small_share_below_05']}"
        )
    failed = [name for name, one in families.items() if one["verdict"] == "excess"]
    found = {"families": families, "by_size": by_size(tables), "failed": failed}
    save("null", found | {"refused": refused, "scales": SCALES, "small": SMALL})
    if refused:
        raise SystemExit(f"{len(refused)} seeds were refused")
    if failed:
        raise SystemExit(f"tests find an effect too often where there is none: {', '.join(failed)}")


if __name__ == "__main__":
    main()
