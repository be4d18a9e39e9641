"""Estimators as kinds: one table of what each takes, and one new file for a new one."""

import ast
import shutil
import subprocess
import sys

import numpy as np
import pytest
from pydantic import ValidationError

from ipseval.config.base import suggest
from ipseval.config.load import load_trial
from ipseval.config.models import Family, JointTests, Model, estimators
from ipseval.errors import InputError
from ipseval.impact.hypotheses import Hypothesis, adjust
from ipseval.kinds import ESTIMATORS
from ipseval.provenance import PACKAGE, ROOT, code_hash, modules_of

SCRIPTS = ROOT / "workflow" / "scripts"
TRIALS = ("hlt", "nsw", "trailblazers")
OF_COUNTS = ("chi_square", "mantel_haenszel")
# Enough to declare a model of each estimator.
LEAST = {
    name: {"label": "m", "estimator": name}
    | ({"covariance": "classical"} if name not in ("lee", *OF_COUNTS) else {})
    | {"lin": {"covariates": ["x"]}, "iv": {"received": "met"}}.get(name, {})
    for name in (
        "chi_square",
        "firth",
        "imputation",
        "iv",
        "lee",
        "lin",
        "logit",
        "mantel_haenszel",
        "negative_binomial",
        "ols",
        "poisson",
        "standardised",
        "zinb",
    )
}
ABILITIES = {
    "influence": "influence_with",
    "redrawn_statistics": "redrawn_with",
    "subgroup_effects": "by_subgroup",
    "site_tests": "by_site",
}


@pytest.fixture(scope="module")
def trials():
    return {name: load_trial(ROOT / "config" / "trials", name) for name in TRIALS}


def test_there_are_thirteen():
    assert list(estimators()) == ESTIMATORS.names == list(LEAST)
    for name, given in LEAST.items():
        assert type(ESTIMATORS.parse(given)) is estimators()[name]


@pytest.mark.parametrize("name", LEAST)
def test_what_an_estimator_says_that_it_can_do_it_does_and_nothing_else(name):
    estimator = estimators()[name]
    for method, says in ABILITIES.items():
        own = getattr(estimator, method) is not getattr(Model, method)
        assert own == bool(getattr(estimator, says)), method
    for says in ("influence_with", "redrawn_with"):
        assert set(getattr(estimator, says)) <= set(estimator.covariances())
    assert estimator.estimates is not Model.estimates


@pytest.mark.parametrize("name", LEAST)
def test_a_refused_option_is_one_that_another_takes_and_this_one_does_not(name):
    estimator = estimators()[name]
    taken = {key for other in estimators().values() for key in other.model_fields}
    for option, reason in estimator.refused.items():
        assert option in taken - set(estimator.model_fields)
        with pytest.raises(ValidationError) as caught:
            ESTIMATORS.parse(LEAST[name] | {option: "x"})
        assert f"estimator {name} takes no `{option}`: {reason}" in str(caught.value)


REFUSED = [
    ("ols", {"received": "met"}, "estimator ols takes no `received`: an option of iv"),
    ("lin", {"imputations": 5}, "takes no `imputations`: an option of imputation"),
    ("zinb", {"interaction": "x"}, "takes no `interaction`: an option of firth or logit"),
    ("lee", {"covariance": "HC1"}, "takes no `covariance`: its standard errors are those of"),
    ("ols", {"wieght": "w"}, "unknown key 'wieght'; did you mean 'weight'?"),
    ("logit", {"covariance": "HC2"}, "'classical', 'HC0' or 'HC1'"),
    ("firth", {"covariance": "HC1"}, "'classical'"),
    ("iv", {"covariance": "HC3"}, "'classical', 'HC0' or 'HC1'"),
    ("lin", {"covariates": []}, "at least 1 item"),
    ("ols", {"estimator": "olss"}, "unknown estimator 'olss'; did you mean 'ols'?"),
]


@pytest.mark.parametrize(("name", "change", "message"), REFUSED, ids=lambda value: str(value))
def test_what_is_refused_is_named(name, change, message):
    family = {"label": "F", "outcomes": ["y"], "timepoint": "t", "groups": ["g"]}
    with pytest.raises(ValidationError) as caught:
        Family.model_validate(family | {"models": {"m": LEAST[name] | change}})
    assert message in str(caught.value)
    assert caught.value.errors()[0]["loc"][:2] == ("models", "m")


def test_uses_that_an_estimator_has_not_are_refused():
    family = {"label": "F", "outcomes": ["y"], "timepoint": "t", "groups": ["g"]}
    with pytest.raises(ValidationError, match="subgroups are estimated with estimator ols"):
        Family.model_validate(family | {"models": {"m": LEAST["lin"]}, "subgroups": ["x"]})
    sites = {"homogeneity": {"group": "g", "site": "site"}}
    for model in (LEAST["firth"], LEAST["logit"] | {"interaction": "x"}):
        with pytest.raises(ValidationError, match="without interaction of estimator logit"):
            Family.model_validate(family | {"models": {"m": model}} | sites)
    Family.model_validate(family | {"models": {"m": LEAST["logit"]}} | sites)


def test_only_what_can_be_redrawn_is_tested_by_redrawing(tmp_path):
    shutil.copytree(ROOT / "config", tmp_path / "config")
    models = tmp_path / "config" / "trials" / "hlt" / "models.yaml"
    text = models.read_text()
    old = "{family: primary, model: ols_hc1,"
    assert old in text
    models.write_text(text.replace(old, "{family: primary, model: lin_hc2,", 1))
    with pytest.raises(InputError) as caught:
        load_trial(tmp_path / "config" / "trials", "hlt")
    assert (
        "model 'lin_hc2' cannot be re-randomised; westfall_young needs estimator ols with "
        "covariance classical, HC0, HC1 or CR1"
    ) in str(caught.value)


def test_an_unknown_method_of_adjustment_is_refused_and_runs_nothing():
    given = {"label": "T", "groups": ["g"], "hypotheses": [], "timepoint": "t"}
    with pytest.raises(ValidationError, match="'hochberg', 'benjamini_hochberg' or 'westfall_y"):
        JointTests.model_validate(given | {"methods": ["holm"]})
    one = Hypothesis({"p_value": 0.2, "statistic": 1.0}, np.zeros(9))
    with pytest.raises(KeyError, match="holm"):
        adjust([one], "holm")


MEDIAN = '''"""Difference in medians."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ...config.models import Model
from ...lazy import np
from ..samples import samples
from ..table import described, inference

if TYPE_CHECKING:
    from ...lazy import pd
    from ..settings import EstimationSettings


class Median(Model):
    """Difference in medians, with the error of two normal samples."""

    estimator: Literal["median"] = Field(description="Difference in medians.")
    trimmed: float = Field(0.0, description="Share that is trimmed.")

    def estimates(
        self,
        members: pd.DataFrame,
        values: np.ndarray,
        names: list[str],
        settings: EstimationSettings,
        units: dict[str, str],
    ) -> Iterator[dict[str, object]]:
        """Yield one row an outcome."""
        for sample in samples(members, values, self):
            for i, y in enumerate(sample.outcomes.T):
                one, other = y[sample.treated], y[~sample.treated]
                value = float(np.median(one) - np.median(other))
                error = float(1.2533 * np.sqrt(one.var() / len(one) + other.var() / len(other)))
                name = names[sample.positions[i]]
                yield {
                    "outcome": name,
                    "position": int(sample.positions[i]),
                    **inference(value, error, None, settings.level),
                    **described(y, sample.treated, sample.counts, value, units[name]),
                    "dropped_n": sample.dropped,
                }
'''
USE = """
import pandas as pd
from pathlib import Path
from ipseval.impact.declared import estimate_declared
from ipseval.kinds import ESTIMATORS
from ipseval.reference import configuration_page, estimators_page

model = {"label": "m", "estimator": "median"}
family = {"label": "F", "outcomes": ["y"], "timepoint": "t", "groups": ["g"]}
family["models"] = {"m": model}
config = {
    "models": {"families": {"f": family}},
    "groups": {"g": {"label": "G", "trial_groups": ["g"]}},
    "units": {"y": "points"},
    "block_sizes": [],
}
people = pd.DataFrame({"trial_group": "g", "arm": [0, 0, 0, 1, 1, 1], "y": [1, 2, 9, 4, 5, 30.0]})
print(estimate_declared("t", "f", config, 1, people, None, None)["estimate"].item())
print("| `median` | Difference in medians" in estimators_page())
print("#### median" in configuration_page())
for wrong in ({"estimator": "medain"}, {"estimator": "ols", "covariance": "HC1", "trimmed": 0.1}):
    try:
        ESTIMATORS.parse({"label": "m", **wrong})
    except ValueError as error:
        print(error)
"""


def test_a_new_estimator_is_one_new_file(tmp_path):
    package = tmp_path / "ipseval"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "impact" / "estimators" / "median.py").write_text(MEDIAN, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", USE],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    value, table, page, *refusals = done.stdout.splitlines()
    assert (float(value), table, page) == (3.0, "True", "True")
    assert "unknown estimator 'medain'; did you mean 'median'?" in refusals[0]
    assert "estimator ols takes no `trimmed`: an option of median" in "\n".join(refusals)


def hash_of(config, name: str) -> str:
    """Return the code hash of the job that estimates a family, as its rule computes it."""
    return code_hash(
        SCRIPTS / "estimate_impact.py",
        tuple(config.estimators_of(name)),
    )


def test_the_hash_of_a_job_covers_the_estimators_that_it_uses(trials):
    for config in trials.values():
        for name in config.models.names:
            used = {module.rsplit(".", 1)[1] for module in config.estimators_of(name)}
            modules = modules_of(
                SCRIPTS / "estimate_impact.py",
                tuple(config.estimators_of(name)),
            )
            folder = "ipseval.impact.estimators."
            assert {m.removeprefix(folder) for m in modules if m.startswith(folder)} == used, name
            # Exhibits and economics are no concern of estimates.
            assert not [m for m in modules if m.startswith(("ipseval.report", "ipseval.economics"))]
            assert "ipseval.config.exhibits" not in modules
    # Tests take one model of a family, not all of them.
    assert trials["hlt"].estimators_of("primary_tests") == ["ipseval.impact.estimators.ols"]
    assert "ipseval.impact.estimators.lin" in trials["hlt"].estimators_of("primary")


def test_an_edited_estimator_changes_the_jobs_that_use_it(trials, monkeypatch):
    from ipseval import provenance

    edited = "ipseval.impact.estimators.lin"
    parsed = provenance._parsed
    before = {(t, n): hash_of(c, n) for t, c in trials.items() for n in c.models.names}
    monkeypatch.setattr(
        provenance,
        "_parsed",
        lambda path, module: (
            ("edited", parsed(path, module)[1]) if module == edited else parsed(path, module)
        ),
    )
    after = {(t, n): hash_of(c, n) for t, c in trials.items() for n in c.models.names}
    changed = {key for key in before if before[key] != after[key]}
    uses = {
        (trial, name)
        for trial, config in trials.items()
        for name, family in config.models.families.items()
        if any(model.estimator == "lin" for model in family.models.values())
    }
    assert changed == uses
    assert len(changed) == 3
    for config in trials.values():
        assert "impact.estimators.lin" not in config.appraised_estimators()


def test_labels_and_stars_are_no_part_of_what_an_estimate_depends_on(tmp_path):
    def declared(edit=None) -> dict:
        folder = tmp_path / ("edited" if edit else "given")
        for copied in ("config", "notebooks"):
            shutil.copytree(ROOT / copied, folder / copied)
        path = folder / "config" / "trials" / "hlt" / "models.yaml"
        path.write_text(edit(path.read_text()) if edit else path.read_text())
        config = load_trial(folder / "config" / "trials", "hlt")
        every = {name: config.estimates_of(name) for name in config.models.names}
        return every | {"joint": config.appraised_impacts()}

    def relabel(text: str) -> str:
        assert "Difference in means, HC1" in text
        text = text.replace("Difference in means, HC1", "Unadjusted difference")
        return text.replace("label: Lee bounds", "label: Bounds") + "\nstar_levels: [0.05]\n"

    given = declared()
    assert declared(relabel) == given
    assert given["primary"]["units"].keys() == set(
        given["primary"]["models"]["families"]["primary"]["outcomes"]
    )


def test_models_are_declared_without_loading_large_libraries():
    """The workflow does so each time that it starts."""
    code = (
        "import sys; from ipseval.config.models import estimators; print(len(estimators()),"
        "{'numpy', 'pandas', 'scipy', 'statsmodels'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT / "workflow")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "13 set()\n"


def test_no_code_outside_its_module_asks_for_an_estimator_by_name():
    asked = []
    for folder in ("impact", "config"):
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            if path.parent.name == "estimators":
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Compare | ast.Match) and "estimator" in ast.unparse(
                    node.left if isinstance(node, ast.Compare) else node.subject
                ):
                    asked.append(f"{path.name}: {ast.unparse(node)[:60]}")
    assert not asked, suggest("estimator", asked)


def test_a_class_name_of_impact_means_one_thing():
    classes: dict[str, list[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                classes.setdefault(node.name, []).append(path.relative_to(PACKAGE).as_posix())
    twice = {
        name: files
        for name, files in classes.items()
        if len(files) > 1 and any(file.startswith("impact/") for file in files)
    }
    assert twice == {}
