"""What stands around the code: licence, citation, pins of what CI uses, durations on one page."""

import re
import tomllib

import pytest
import yaml

from ipseval.provenance import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
CI = (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
DURATION = re.compile(r"\b(a|an|few|\w+teen|ten|twelve|\d[\d.]*) (s|seconds?|minutes?)\b")


def test_licence_and_citation_agree_with_the_package():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"] == "MIT"
    assert citation["authors"] == PROJECT["authors"] == [{"name": "The ipseval developers"}]
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License\n")
    assert f"## {PROJECT['version']}\n" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_published_figures_say_where_they_are_from():
    text = (ROOT / "docs/reference/published-sources.md").read_text("utf-8")
    folders = [path for path in (ROOT / "config/published").iterdir() if path.is_dir()]
    assert len(folders) >= 3
    for folder in folders:
        assert f"| `{folder.name}` |" in text
    assert "Open Government Licence v3.0" in text


def test_actions_are_pinned_by_commit_and_the_image_by_its_full_version():
    used = re.findall(r"uses: (\S+)(.*)", CI)
    assert len(used) >= 5
    for action, comment in used:
        assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), f"{action}: of which version?"
    image = re.search(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)[1]
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+", image)


def test_ci_runs_every_python_that_the_package_names():
    named = re.findall(r"Python :: (3\.\d+)", " ".join(PROJECT["classifiers"]))
    job = yaml.safe_load(CI)["jobs"]["check"]
    assert job["strategy"]["matrix"]["python"] == named
    assert PROJECT["requires-python"] == f">={named[0]}"


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "docs/tutorial/first-report.md",
        "docs/how-to/run-on-a-cluster.md",
        "docs/explanation/economics.md",
    ],
)
def test_durations_stand_on_one_page(page):
    text = (ROOT / page).read_text("utf-8")
    assert "measured.md" in text
    found = [line for line in text.splitlines() if DURATION.search(line)]
    # The form of the last line of a run; its number is the reader's.
    assert [line for line in found if not line.startswith("Report: results/")] == []
