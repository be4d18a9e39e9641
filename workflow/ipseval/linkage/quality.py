"""How well people were linked: rates, differences between arms, and what is known to be wrong."""

import numpy as np
import pandas as pd

from ..arms import allocated
from ..config.trial import Source, Trial
from .identifiers import standardise
from .passes import FITS_TWO, LinkedSource
from .rows import with_categories

QUALITY = [
    "source",
    "arm",
    "trial_group",
    "people",
    "linkable",
    "linked",
    "unlinked",
    "fits_two",
    "several_suppliers",
    "p_value",
    "precision",
    "recall",
    "note",
]
PASSES = ["source", "pass", "people", "share", "least_score", "right"]
MEASURED = [
    "source",
    "method",
    "people",
    "precision",
    "recall",
    "f1",
    "lost_in_blocking",
    "lost_in_model",
]


CALIBRATION = ["source", "pass", "low", "high", "pairs", "mean_score", "right", "share_right"]
BANDS = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0]
QUARANTINE = ["source", "pass", "trial_group", "arm", "people", "records", "right", "true"]


def true_pairs(owners: pd.DataFrame, source: Source, known: pd.DataFrame) -> pd.DataFrame:
    """Return person_id and entity of everybody who has records in the source.

    `known` has, named like the source's identifier, the number that is really the person's.
    """
    number = standardise(known[source.identifier], source.fields[source.identifier].kind, True)
    number = with_categories(number, owners["number"].dtype)
    numbers = pd.DataFrame({"person_id": known["person_id"], "number": number}).dropna()
    entities = owners[["number", "entity"]].drop_duplicates()
    return numbers.merge(entities, on="number")[["person_id", "entity"]]


def members(people: pd.DataFrame, trial: Trial) -> pd.DataFrame:
    """Return person_id, arm and trial_group of people; all are of one group if none is declared."""
    spec = trial.person
    arm = allocated(people, spec.arm, spec.table).astype("str")
    groups = people[spec.trial_group].astype("str") if spec.trial_group else "all"
    found = pd.DataFrame({"person_id": people["person_id"], "arm": arm, "trial_group": groups})
    return found.astype({"arm": "category", "trial_group": "category"})


def pass_quality(linked: LinkedSource, source: Source, truth: pd.DataFrame | None) -> pd.DataFrame:
    """Return people linked by each pass that is used, and the share of them that is right.

    Here and below `truth` are the true pairs, where they are known.
    """
    used = linked.pairs[linked.pairs["method"] == "used"]
    right = _right(used, truth) if truth is not None else None
    rows = []
    for step in source.passes:
        mine = (used["pass"] == step.name).to_numpy()
        share = mine.sum() / len(linked.status)
        least = used["score"][mine].min() if mine.any() else np.nan
        good = right[mine].mean() if right is not None and mine.any() else np.nan
        rows.append([linked.name, step.name, int(mine.sum()), share, least, good])
    return pd.DataFrame(rows, columns=PASSES)


def method_quality(linked: LinkedSource, truth: pd.DataFrame | None) -> pd.DataFrame:
    """Return precision, recall and F1 of each way of linking, over pairs of people.

    A true pair is lost in blocking if no pass looked at it, and in the model if one did.
    """
    rows = []
    lost = np.nan
    if truth is not None and len(truth):
        lost = 1 - int(_right(truth, linked.blocked).sum()) / len(truth)
    for method in linked.runs:
        pairs = linked.pairs[linked.pairs["method"] == method]
        figures = [np.nan] * 5
        if truth is not None and len(truth):
            right = int(_right(pairs, truth).sum())
            precision = right / len(pairs) if len(pairs) else np.nan
            recall = right / len(truth)
            f1 = 2 * right / (len(pairs) + len(truth))
            figures = [precision, recall, f1, lost, max(1 - recall - lost, 0.0)]
        rows.append([linked.name, method, len(pairs), *figures])
    return pd.DataFrame(rows, columns=MEASURED)


def quarantined(
    linked: LinkedSource,
    source: Source,
    who: pd.DataFrame,
    truth: pd.DataFrame | None,
) -> pd.DataFrame:
    """Return the links of each exact pass that other evidence vetoes, by trial group and arm.

    `who` has the people (members). Columns QUARANTINE; `all` sums over groups or arms, and is
    there for a pass without any. right counts vetoed links that were true, and true all true links
    of the source, of synthetic people.
    """
    vetoed = linked.vetoed
    frame = vetoed.assign(records=_records(linked, vetoed))
    frame["right"] = _right(frame, truth) if truth is not None else np.nan
    frame = frame.merge(who, on="person_id")
    rows = []
    for step in source.passes:
        if step.method != "exact" or (source.used and step.name not in source.used):
            continue
        mine = frame[frame["pass"] == step.name]
        found = [(("all", "all"), mine)]
        for totals in ({"arm": "all"}, {"trial_group": "all"}, {}):
            found += list(mine.assign(**totals).groupby(["trial_group", "arm"]))
        for (group, arm), part in found:
            right = part["right"].sum() if truth is not None else np.nan
            true = len(truth) if truth is not None else np.nan
            rows.append(
                [linked.name, step.name, group, arm, len(part), part["records"].sum(), right, true]
            )
    table = pd.DataFrame(rows, columns=QUARANTINE)
    return table.drop_duplicates(QUARANTINE[:4]).sort_values(
        ["pass", "trial_group", "arm"], ignore_index=True
    )


def calibration(linked: LinkedSource, source: Source, truth: pd.DataFrame | None) -> pd.DataFrame:
    """Return by pass and band of scores how many pairs are right (CALIBRATION).

    Bands hold the pairs that exact passes leave; a well calibrated score is the share right.
    """
    rows = []
    for step in source.passes:
        pairs = linked.scored[linked.scored["pass"] == step.name]
        if step.method == "exact" or pairs.empty:
            continue
        right = _right(pairs, truth) if truth is not None else np.full(len(pairs), np.nan)
        band = np.digitize(pairs["score"].to_numpy(dtype=float), BANDS[1:-1])
        for place in np.unique(band):
            mine = band == place
            mean = pairs["score"].to_numpy(dtype=float)[mine].mean()
            good = right[mine].sum() if truth is not None else np.nan
            share = right[mine].mean() if truth is not None else np.nan
            low, high = BANDS[place], BANDS[place + 1]
            rows.append([linked.name, step.name, low, high, int(mine.sum()), mean, good, share])
    return pd.DataFrame(rows, columns=CALIBRATION)


def threshold_by(bands: pd.DataFrame, least_right: float) -> float:
    """Return the lowest probability from which every band of a pass is right in a least share.

    `bands` are the rows of one pass (CALIBRATION). NaN if even the highest band is
    right less often, or if no truth is known.
    """
    threshold = np.nan
    for band in bands.sort_values("low", ascending=False).itertuples():
        if not band.share_right >= least_right:
            break
        threshold = band.low
    return threshold


def _right(pairs: pd.DataFrame, truth: pd.DataFrame) -> np.ndarray:
    """Return which pairs are among the true ones (n, bool)."""
    found = pairs[["person_id", "entity"]].merge(truth.assign(right=True), how="left")
    return found["right"].notna().to_numpy()


def source_quality(
    who: pd.DataFrame,
    linkable: pd.DataFrame,
    linked: list,
    counts: list[pd.DataFrame],
) -> pd.DataFrame:
    """Return the quality of the links that are used, by source, trial group and arm.

    `who` has the people (members), `linked` holds what linking each source gave
    (passes.LinkedSource), and `counts` how many records are linked rightly (records_right), where
    that is known.
    Columns QUALITY; `all` sums over groups or arms. p_value is Pearson's for a difference in
    the share linked between arms, in rows of both arms. unlinked counts people without a record
    who have a candidate with another number (unlinked.py), fits_two counts people left out because
    two people of the source fit, several_suppliers those whose records come from two suppliers
    or more, where a supplier is declared. precision and recall count links of people to
    records, and are there for synthetic people only.
    """
    if linkable.empty:
        row = ["none", "all", "all", len(who), *[pd.NA] * 8, "no source is declared to link"]
        return pd.DataFrame([row], columns=QUALITY)
    frame = linkable.merge(who, on="person_id")
    sent = pd.concat([_suppliers(each) for each in linked]).astype({"suppliers": "float64"})
    frame = frame.merge(sent, on=["person_id", "source"], how="left")
    if counts:
        frame = frame.merge(pd.concat(counts), on=["person_id", "source"], how="left")
    else:
        frame = frame.assign(right=np.nan, made=np.nan, true=np.nan)
    rows = []
    everyone = {"arm": "all", "trial_group": "all"}
    for totals in ({}, {"arm": "all"}, {"trial_group": "all"}, everyone):
        part = frame.assign(**totals, real_arm=frame["arm"])
        for keys, members in part.groupby(["source", "arm", "trial_group"]):
            rows.append([*keys, *_row(members, both=keys[1] == "all")])
    table = pd.DataFrame(rows, columns=QUALITY[:-1]).drop_duplicates(QUALITY[:3])
    table = table.assign(note="").astype({"several_suppliers": "Int64"})
    return table.sort_values(["source", "trial_group", "arm"], ignore_index=True)[QUALITY]


def _row(members: pd.DataFrame, both: bool) -> list:
    made, right, true = (members[name].sum(min_count=1) for name in ("made", "right", "true"))
    p_value = np.nan
    if both:
        from scipy.stats import chi2_contingency

        cells = 2 * members["real_arm"].cat.codes.to_numpy(dtype="int64") + members["linked"]
        table = np.bincount(cells, minlength=2 * members["real_arm"].nunique()).reshape(-1, 2)
        table = table[table.any(axis=1)][:, table.any(axis=0)]
        if table.shape == (2, 2):
            p_value = float(chi2_contingency(table, correction=False).pvalue)
    return [
        len(members),
        int(members["linkable"].sum()),
        int(members["linked"].sum()),
        int(members["unlinked"].sum()),
        int((members["reason"] == FITS_TWO).sum()),
        (members["suppliers"] > 1).sum() if members["suppliers"].notna().any() else pd.NA,
        p_value,
        right / made if made else np.nan,
        right / true if true else np.nan,
    ]


def _suppliers(linked: LinkedSource) -> pd.DataFrame:
    """Return from how many suppliers each linked person's records are; nobody, if none is known."""
    if "supplier" not in linked.owners:
        return pd.DataFrame({"person_id": [], "source": [], "suppliers": []}).astype("str")
    owned = linked.links[["person_id", "source", "record_id"]].merge(
        linked.owners[["record_id", "supplier"]], on="record_id"
    )
    counts = owned.groupby(["person_id", "source"])["supplier"].nunique()
    return counts.rename("suppliers").reset_index()


def records_right(linked: LinkedSource, truth: pd.DataFrame) -> pd.DataFrame:
    """Return links made, links made rightly and true links of records, one row a person."""
    used = linked.pairs[linked.pairs["method"] == "used"]
    counted = {"made": used, "right": used[_right(used, truth)], "true": truth}
    people = linked.status["person_id"]
    counts = {
        name: np.bincount(pairs["person_id"].cat.codes, _records(linked, pairs), len(people))
        for name, pairs in counted.items()
    }
    return pd.DataFrame({"person_id": people, "source": linked.name, **counts})


def _records(linked: LinkedSource, pairs: pd.DataFrame) -> np.ndarray:
    """Return how many records the entity of each pair has."""
    entities = linked.owners["entity"].cat
    return np.bincount(entities.codes, minlength=len(entities.categories))[
        pairs["entity"].cat.codes
    ]
