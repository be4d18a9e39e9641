"""What is withheld follows from the data alone: not from the process, nor from a run before."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from release.made_up import ONS, random_table

import ipseval.release.kept
from ipseval.release.kept import suppressed

SCRIPT = """
import hashlib, sys
from pathlib import Path
import numpy as np
from release.made_up import controlled, people
from release.test_control import COUNTS
rng = np.random.default_rng(3)
frame = people({
    (group, arm): [
        {"seen": seen, "left": left, "times": int(rng.integers(1, 40))}
        for seen in (0, 1) for left in (0, 1)
    ]
    for group in ("north", "south") for arm in (0, 1)
})
rows = [
    {"row": column, "column": column, "columns": ["all", "treatment", "control"]}
    for column in ("seen", "left")
]
both = type(COUNTS)(**COUNTS.model_dump() | {"rows": [COUNTS.rows[0], *rows]})
found = controlled(Path(sys.argv[1]), frame, {"one": COUNTS, "two": both})
text = "".join(part.to_csv() for part in found.cells.values()) + " ".join(found.keys)
print(hashlib.sha256(text.encode()).hexdigest(), (found.cells["two"]["printed"] == "[c]").sum())
"""


def test_the_pattern_does_not_hang_on_the_order_of_sets(tmp_path):
    """Sets of text are in another order in each process."""
    said = set()
    for seed in ("1", "2", "3"):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(tmp_path / seed)],
            env=os.environ
            | {
                "PYTHONHASHSEED": seed,
                "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path]),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said.add(done.stdout)
    assert len(said) == 1
    assert int(said.pop().split()[1]) > 0


def system(seed):
    table = random_table(seed, ((4,), (5,)))
    arrays = table.frozen()
    return arrays, (arrays.truth >= 1) & (arrays.truth < ONS.threshold)


def test_a_kept_pattern_is_taken_for_the_same_system_alone(tmp_path, monkeypatch):
    path = tmp_path / "pattern.json"
    arrays, risky = system(1)
    first = suppressed(arrays, risky, (5.0, 5.0), 50, path)
    assert first.withheld.any()
    kept = path.read_bytes()

    def never(*_):
        raise AssertionError("searched again")

    with monkeypatch.context() as patch:
        patch.setattr(ipseval.release.kept, "suppress", never)
        again = suppressed(arrays, risky, (5.0, 5.0), 50, path)
        assert np.array_equal(again.withheld, first.withheld)
        assert (again.loss, again.bound, again.unprotected) == (
            first.loss,
            first.bound,
            first.unprotected,
        )
        for other in [
            (*system(2), (5.0, 5.0), 50),
            (arrays, risky, (6.0, 5.0), 50),
            (arrays, risky, (5.0, 4.0), 50),
            (arrays, risky, (5.0, 5.0), 60),
        ]:
            with pytest.raises(AssertionError, match="searched again"):
                suppressed(*other, path)
    assert path.read_bytes() == kept
