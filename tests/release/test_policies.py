"""Under each policy of the project a trial can be released, and the attack finds nothing in it."""

import pytest
from release.made_up import write_release

from ipseval.config.load import load_project
from ipseval.provenance import ROOT
from ipseval.release.attack import attack
from ipseval.release.control import control

PROJECT = load_project(ROOT)
POLICIES = [name for name, policy in PROJECT.disclosure.policies.items() if policy.control]


@pytest.mark.parametrize("trial", ["nsw", "trailblazers"])
@pytest.mark.parametrize("name", POLICIES)
def test_a_trial_of_few_people_can_be_released(reference, tmp_path, name, trial):
    policy = PROJECT.disclosure.policies[name]
    folder = reference.folder / "results" / "small" / trial
    found = control(trial, PROJECT.trials[trial], folder, policy, 50)
    assert not found.suppression.unprotected
    shares = [(cells["printed"] == "[c]").mean() for cells in found.cells.values()]
    assert 0 < sum(shares) < len(shares) / 2
    assert not attack(
        write_release(tmp_path, found),
        policy.width,
        policy.threshold,
        policy.rounding,
        differences=policy.differences,
    ).narrow
