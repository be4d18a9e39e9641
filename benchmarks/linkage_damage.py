"""Linkage by kind of damage: a register made by hand, in which every recruit has one known damage.

`python benchmarks/linkage_damage.py` writes precision and recall by kind of damage and the
calibration of scores; with a commit as argument, such as `ec0d7a8`, those of its code too.
`python benchmarks/linkage_damage.py paired ec0d7a8` writes the time of 10 thousand recruits against
a million rows by both, in turns.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
from common import save
from registers import write_register

from ipseval.config.load import read_section
from ipseval.config.trial import Trial
from ipseval.linkage.quality import BANDS, threshold_by
from ipseval.provenance import ROOT
from ipseval.twin import identifiers as make

SEED, EACH, ROWS = 2016, 200, 100_000
RECRUITS, REGISTER, TURNS = 10_000, 1_000_000, 3
LOWEST = 0.05  # scores below are not shown
LEAST_RIGHT = 0.99  # share of right pairs in every band from the threshold on
PLACEHOLDER = "ZZ99 3VZ"
# Damage of a recruit's identifiers, or of how the source writes them. One without a record has none
# in the register; all others have one.
DAMAGE = [
    "none",
    "no_suffix_in_the_source",
    "hyphens_in_the_source",
    "digits_swapped",
    "digit_mistyped",
    "number_of_a_stranger",
    "no_number",
    "no_number_day_and_month_swapped",
    "no_number_day_mistyped",
    "no_number_first_name_misspelt",
    "no_number_other_surname",
    "no_number_moved",
    "no_number_placeholder_of_a_postcode",
    "no_number_and_a_twin_in_the_register",
    "no_record",
    "no_record_and_a_stranger_with_the_same_placeholder",
]
FIELDS = {
    "nino": "nino",
    "first_name": "name",
    "last_name": "name",
    "date_of_birth": "date",
    "sex": "sex",
    "postcode": "postcode",
}


def draw_damaged(each: int, rows: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (people, register): `each` recruits a damage, and about as many rows as asked for.

    people have person_id, the identifiers as typed, `damage`, and `record`, the row that is theirs
    (missing without one). A stranger or a twin is one row more.
    """
    rng = np.random.default_rng(seed)
    damage = np.repeat(DAMAGE, each)
    n = len(damage)
    everyone = _draw_people(max(rows, n), rng)
    turned = np.flatnonzero(damage == "no_number_day_and_month_swapped")
    born = everyone["date_of_birth"].to_numpy(copy=True)
    born[turned] = _swappable(born[turned], rng)
    everyone["date_of_birth"] = born
    people = everyone.iloc[:n].copy()
    people.insert(0, "person_id", [f"p{i:06d}" for i in range(n)])
    people = people.assign(damage=damage, record=[f"r{i:07d}" for i in range(n)])
    register = everyone.assign(record_id=[f"r{i:07d}" for i in range(len(everyone))])
    absent = np.char.startswith(damage.astype(str), "no_record")
    people["record"] = people["record"].mask(absent)

    def having(*names: str) -> np.ndarray:
        return np.flatnonzero(np.isin(damage, names))

    own = register["nino"].to_numpy(dtype=object, copy=True)
    bare, hyphens = having("no_suffix_in_the_source"), having("hyphens_in_the_source")
    own[bare] = [number[:8] for number in own[bare]]
    own[hyphens] = ["-".join((t[:2], t[2:4], t[4:6], t[6:8], t[8:])) for t in own[hyphens]]
    register["nino"] = own
    typed = people["nino"].to_numpy(dtype="U9").astype(object)
    swapped, wrong = having("digits_swapped"), having("digit_mistyped")
    typed[swapped] = make.transpose_digits(
        typed[swapped].astype("U9"), rng.integers(2, 6, len(swapped))
    )
    typed[wrong] = make.mistype_digits(
        typed[wrong].astype("U9"), rng.integers(2, 7, len(wrong)), rng.integers(1, 9, len(wrong))
    )
    lent = having("number_of_a_stranger")
    lenders = rng.choice(np.arange(n, len(register)), len(lent), replace=False)
    typed[lent] = register["nino"].to_numpy()[lenders]
    typed[np.char.startswith(damage.astype(str), "no_")] = None
    typed[bare] = people["nino"].to_numpy()[bare]  # the source has no suffix, the person gave one
    people["nino"] = typed
    born = people["date_of_birth"].to_numpy(copy=True)
    born[turned] = make.swap_day_and_month(born[turned])
    slipped = having("no_number_day_mistyped")
    born[slipped] = make.mistype_day(born[slipped])
    people["date_of_birth"] = born
    for kind, column, values in (
        ("no_number_first_name_misspelt", "first_name", None),
        ("no_number_other_surname", "last_name", make.draw_last_names(rng.uniform(size=n))),
        ("no_number_moved", "postcode", _postcodes(n, rng)),
        ("no_number_placeholder_of_a_postcode", "postcode", np.full(n, PLACEHOLDER)),
        ("no_record_and_a_stranger_with_the_same_placeholder", "postcode", np.full(n, PLACEHOLDER)),
    ):
        who, given = having(kind), people[column].to_numpy(dtype=object, copy=True)
        if values is None:
            given[who] = make.misspell(given[who], rng.uniform(size=len(who)))
        else:
            given[who] = np.asarray(values, dtype=object)[who]
        people[column] = given
    twins = register.iloc[having("no_number_and_a_twin_in_the_register")]
    twins = twins.assign(first_name=make.draw_first_names(twins["sex"], rng.uniform(size=each)))
    strangers = register.iloc[having("no_record_and_a_stranger_with_the_same_placeholder")]
    strangers = strangers.assign(
        first_name=make.draw_first_names(strangers["sex"], rng.uniform(size=each)),
        last_name=make.draw_last_names(rng.uniform(size=each)),
        postcode=PLACEHOLDER,
    )
    more = pd.concat([twins, strangers], ignore_index=True)
    more["nino"] = make.synthetic_ninos(rng.uniform(size=len(more)))
    more["record_id"] = [f"s{i:07d}" for i in range(len(more))]
    register = pd.concat([register.drop(index=np.flatnonzero(absent)), more], ignore_index=True)
    register = register.iloc[rng.permutation(len(register))].reset_index(drop=True)
    text = dict.fromkeys([name for name, kind in FIELDS.items() if kind != "date"], "str")
    return people.astype(text | {"record": "str"}), register.astype(text)


def _draw_people(n: int, rng: np.random.Generator) -> pd.DataFrame:
    sex = np.where(rng.uniform(size=n) < 0.5, "male", "female").astype(object)
    return pd.DataFrame(
        {
            "nino": make.synthetic_ninos(rng.uniform(size=n), len(make.PREFIXES)),
            "first_name": make.draw_first_names(sex, rng.uniform(size=n)),
            "last_name": make.draw_last_names(rng.uniform(size=n)),
            "date_of_birth": np.datetime64("1950-01-01") + rng.integers(0, 18_993, n),
            "sex": sex,
            "postcode": _postcodes(n, rng),
        }
    )


def _swappable(dates: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return days of the same months of which the day can be a month, and is another."""
    months = dates.astype("datetime64[M]")
    place = months.astype(np.int64) % 12
    day = (place + rng.integers(1, 12, len(dates))) % 12
    return months.astype("datetime64[D]") + day


def _postcodes(n: int, rng: np.random.Generator) -> np.ndarray:
    outward = rng.choice(["S1", "S2", "S10", "DN1", "B15", "WV2", "S70"], n).astype(object)
    return make.draw_postcodes(outward, rng.uniform(size=n))


def declared() -> dict:
    """Return how HLT links to HMRC, with sex and with all passes used, and few pairs lost."""
    hmrc = read_section(ROOT / "config" / "trials" / "hlt" / "trial.yaml", Trial).sources["hmrc"]
    source = hmrc.model_dump(mode="json", exclude_unset=True, by_alias=True)
    source |= {"table": "register", "record_id": "record_id", "used": [], "sensitivity": [LOWEST]}
    source["fields"] = {name: {"column": name, "kind": kind} for name, kind in FIELDS.items()}
    source["passes"].insert(
        3, {"name": "birth_sex_postcode", "on": ["date_of_birth", "sex", "postcode"]}
    )
    return source


def by_damage(people: pd.DataFrame, links: pd.DataFrame) -> dict[str, dict]:
    """Return people, records, links, right links, precision and recall of each damage, and of all.

    precision is None where nobody is linked, recall where nobody has a record.
    """
    both = people[["person_id", "damage", "record"]].merge(
        links[["person_id", "record_id"]], on="person_id", how="left"
    )
    both["right"] = both["record_id"].notna() & (both["record_id"] == both["record"])

    def figures(part: pd.DataFrame) -> dict:
        true, made, right = (
            int(x)
            for x in (
                part["record"].notna().sum(),
                part["record_id"].notna().sum(),
                part["right"].sum(),
            )
        )
        return {
            "people": len(part),
            "with_a_record": true,
            "linked": made,
            "right": right,
            "precision": round(right / made, 4) if made else None,
            "recall": round(right / true, 4) if true else None,
        }

    parts = {kind: figures(both[both["damage"] == kind]) for kind in DAMAGE}
    return {**parts, "all": figures(both)}


def calibration(people: pd.DataFrame, scored: pd.DataFrame) -> list[dict]:
    """Return the bands of scores of the probabilistic pass: pairs, mean score, share right."""
    both = scored.merge(people[["person_id", "record"]], on="person_id")
    right = (both["record_id"] == both["record"]).fillna(False).to_numpy(dtype=bool)
    score = both["score"].to_numpy(dtype=float)
    band = np.digitize(score, BANDS[1:-1])
    return [
        {
            "low": BANDS[place],
            "high": BANDS[place + 1],
            "pairs": int((band == place).sum()),
            "mean_score": round(float(score[band == place].mean()), 4),
            "share_right": round(float(right[band == place].mean()), 4),
        }
        for place in np.unique(band)
    ]


def measure(folder: Path, python_path: Path | None = None) -> dict:
    """Return the figures of one program, in a process of its own, on the files of a folder."""
    source = declared()
    if python_path:
        # Earlier code had no kind of its own for sex, and compared it as text.
        source["fields"]["sex"]["kind"] = "text"
    seconds = run(folder, source, python_path)["seconds"]
    people, links, scored = (
        pd.read_parquet(folder / f"{name}.parquet") for name in ("people", "links", "scored")
    )
    bands = calibration(people, scored)
    threshold = threshold_by(pd.DataFrame(bands), LEAST_RIGHT) if bands else np.nan
    return {
        "seconds": seconds,
        "by_damage": by_damage(people, links),
        "calibration": bands,
        "threshold": None if np.isnan(threshold) else threshold,
    }


def run(folder: Path, source: dict, python_path: Path | None = None) -> dict:
    """Return what link_once.py says, run under the package of this folder or of another."""
    (folder / "source.json").write_text(json.dumps(source))
    environment = os.environ | {"PYTHONPATH": str(python_path or ROOT / "workflow")}
    call = [sys.executable, Path(__file__).with_name("link_once.py"), folder, str(LOWEST)]
    done = subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def pair(folder: Path, before: Path) -> dict:
    """Return the time of both programs on the large register, in turns, and ratios of medians.

    The ratio of processor time holds on a busy machine too.
    """
    hmrc = {key: value for key, value in declared().items() if key != "fields"}
    hmrc["passes"] = [step for step in hmrc["passes"] if step["name"] != "birth_sex_postcode"]
    hmrc["fields"] = {k: {"column": k, "kind": v} for k, v in FIELDS.items() if k != "sex"}
    write_register(folder, REGISTER, RECRUITS, SEED)
    measured: dict[str, list[dict]] = {"before": [], "after": []}
    for _ in range(TURNS):
        for name, path in (("before", before), ("after", None)):
            measured[name].append(run(folder, hmrc, path))
            print(name, measured[name][-1], flush=True)

    def ratio(clock: str) -> float:
        after, earlier = (median(x[clock] for x in measured[k]) for k in ("after", "before"))
        return round(after / earlier, 3)

    ratios = {f"after_over_before_{x}": ratio(x) for x in ("seconds", "cpu_seconds")}
    return {**measured, **ratios, "recruits": RECRUITS, "rows": REGISTER}


@contextmanager
def package_of(commit: str, folder: Path) -> Iterator[Path]:
    """Give the folder of the packages of a commit, which is checked out for as long as it takes."""
    tree = folder / "before"
    git = ["git", "-C", str(ROOT), "worktree"]
    subprocess.run([*git, "add", "--detach", str(tree), commit], check=True)
    try:
        yield tree / "workflow"
    finally:
        subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def damaged(commit: str | None) -> dict:
    """Return precision, recall and calibration, and those of a commit too where one is named."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        people, register = draw_damaged(EACH, ROWS, SEED)
        people.to_parquet(folder / "people.parquet")
        register.to_parquet(folder / "register.parquet")
        figures: dict = {"each": EACH, "rows": len(register), "seed": SEED}
        figures["after"] = measure(folder)
        if commit:
            with package_of(commit, folder) as before:
                figures |= {"before": measure(folder, before), "commit_before": commit}
    return figures


def paired(commit: str) -> dict:
    """Return the times of both programs on the large register."""
    with tempfile.TemporaryDirectory() as place, package_of(commit, Path(place)) as before:
        return {**pair(Path(place), before), "commit_before": commit, "turns": TURNS}


if __name__ == "__main__":
    if sys.argv[1:2] == ["paired"]:
        save("linkage_paired", paired(sys.argv[2]))
    else:
        save("linkage_damage", damaged(sys.argv[1] if len(sys.argv) > 1 else None))
