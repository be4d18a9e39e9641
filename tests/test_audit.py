"""`ipseval audit` tells a reviewer where a result comes from, and whether it is still the same."""

import re

import pytest

from ipseval.release.manifest import read_manifest

EXHIBIT = "results/small/hlt/report/exhibits/table-2.1.csv"


@pytest.fixture(scope="module")
def manifest(reference):
    return read_manifest(reference / "results/small/manifest.json")


@pytest.fixture(scope="module")
def audit(reference) -> str:
    """What the audit of an exhibit prints."""
    done = reference.ipseval("audit", EXHIBIT)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_audit_names_rule_script_function_and_what_they_are_for(audit):
    assert "make_exhibits_hlt_impact" in audit
    assert "Make the exhibits of one chapter" in audit, "the docstring of the rule"
    assert "workflow/scripts/make_exhibits.py" in audit
    assert "ipseval.report.make.make_exhibit" in audit


def test_audit_names_code_seed_versions_checksum_and_run_time(audit, manifest):
    entry = manifest["outputs"][EXHIBIT]
    assert entry["sha256"] in audit
    assert entry["code"] in audit
    assert re.search(r"seed +2016\b", audit)
    for package, version in manifest["versions"].items():
        assert f"{package} {version}" in audit
    assert re.search(r"run time +\d+\.\d+ s", audit)
    assert entry["log"] in audit


def test_audit_names_parameters(audit):
    assert "table-2.1" in audit
    assert "impact_table" in audit
    assert re.search(r"parameters", audit)


def test_audit_goes_back_to_the_extracts_and_their_sources(audit):
    for step in (
        "results/small/hlt/impact/primary.csv",
        "results/small/hlt/outcomes/people.parquet",
        "results/small/hlt/linkage/links.parquet",
        "results/small/hlt/extracts/recruits.parquet",
        "config/trials/hlt/twin",
    ):
        assert step in audit
    for rule in ("estimate_impact", "derive_outcomes", "link_records", "build_extracts_hlt"):
        assert rule in audit
    assert "config/published" in audit, "the targets of the twin are sources"
    assert "nsw" not in audit, "the other trial has no part in it"


def test_audit_finds_that_all_matches(audit):
    assert "matches the manifest" in audit
    assert "CHANGED" not in audit
    assert "MISSING" not in audit


def test_a_changed_byte_is_found(small):
    with (small / EXHIBIT).open("a", encoding="utf-8") as file:
        file.write("\n")
    done = small.ipseval("audit", EXHIBIT)
    assert done.returncode == 1
    assert re.search(r"on disk +CHANGED since the manifest", done.stdout)


def test_a_changed_and_a_missing_ancestor_are_found(small):
    links = small / "results/small/hlt/linkage/links.parquet"
    links.write_bytes(links.read_bytes() + b" ")
    (small / "results/small/hlt/extracts/payments.parquet").unlink()
    done = small.ipseval("audit", EXHIBIT)
    assert done.returncode == 1
    assert re.search(r"on disk +matches the manifest", done.stdout)
    told = done.stdout.splitlines()
    assert any("links.parquet" in line and "CHANGED since the manifest" in line for line in told)
    assert any("payments.parquet" in line and "MISSING from disk" in line for line in told)


def test_a_changed_source_is_found(small):
    small.edit("config/trials/hlt/twin/people.yaml", "refused: 0.06", "refused: 0.07")
    done = small.ipseval("audit", EXHIBIT)
    assert done.returncode == 1
    changed = [line for line in done.stdout.splitlines() if "CHANGED since the manifest" in line]
    assert len(changed) == 1
    assert "config/trials/hlt/twin/people.yaml" in changed[0]


@pytest.mark.parametrize(
    "rule", ["estimate_impact", "make_exhibits", "make_exhibits_hlt_impact", "build_extracts_nsw"]
)
def test_a_rule_lists_its_outputs(reference, manifest, rule):
    done = reference.ipseval("audit", rule, "--run", "small")
    assert done.returncode == 0, done.stdout
    made = [path for path, entry in manifest["outputs"].items() if entry["rule"].startswith(rule)]
    assert len(made) >= 1
    assert f"rule {rule}: {len(made)} outputs" in done.stdout
    for path in made:
        assert re.search(rf"{re.escape(path)} +matches the manifest", done.stdout)


def test_every_output_of_the_run_can_be_audited(reference, manifest):
    """One of each rule: no docstring, script or benchmark is missing anywhere."""
    one_of_each = {entry["rule"]: path for path, entry in manifest["outputs"].items()}
    code = (
        "import sys\n"
        "from ipseval.audit import audit\n"
        "for path in sys.argv[1:]:\n"
        "    text, whole = audit(path)\n"
        "    assert whole, path\n"
        "    print(text, '=====', sep='\\n')\n"
    )
    done = reference.python("-c", code, *one_of_each.values())
    assert done.returncode == 0, done.stdout
    told = done.stdout.split("=====\n")[:-1]
    assert len(told) == len(one_of_each) > 10
    for text, rule in zip(told, one_of_each, strict=True):
        assert rule in text
        assert re.search(r"run time +\d+\.\d+ s", text), rule
        assert "None" not in text.splitlines()[4], rule


def test_unknown_rule_suggests_the_nearest(reference):
    done = reference.ipseval("audit", "estimate_impacts", "--run", "small")
    assert done.returncode == 1
    assert "unknown rule 'estimate_impacts'; did you mean 'estimate_impact'?" in done.stdout


def test_unknown_file_suggests_the_nearest(reference):
    done = reference.ipseval("audit", EXHIBIT.replace("table-2.1", "tabel-2.1"))
    assert done.returncode == 1
    assert "the manifest does not list this file" in done.stdout
    assert re.search(rf"did you mean '?{re.escape(EXHIBIT)}'?\?", done.stdout)


def test_without_a_run_there_is_nothing_to_audit(project):
    done = project.ipseval("audit", "estimate_impact", "--run", "small")
    assert done.returncode == 1
    assert "the run has no manifest" in done.stdout
    assert "to do: run `make report` first" in done.stdout
    assert "Traceback" not in done.stdout


def test_audit_works_from_any_folder_and_by_absolute_path(reference, tmp_path):
    done = reference.ipseval("audit", str(reference / EXHIBIT), cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith(EXHIBIT)


def test_help_shows_an_example_for_every_verb(project):
    text = project.ipseval("--help").stdout
    verbs = re.findall(r"^    (\w+)(?: {2,}\S|$)", text, re.MULTILINE)
    assert {"report", "audit", "concordance", "allocation", "docs"} <= set(verbs)
    examples = text.partition("examples:")[2]
    for verb in verbs:
        assert f"ipseval {verb}" in examples


@pytest.mark.parametrize("verb", ["report", "audit", "concordance", "allocation"])
def test_help_of_a_verb_ends_in_an_example(project, verb):
    done = project.ipseval(verb, "--help")
    assert done.returncode == 0
    assert re.search(rf"^example:\n  ipseval {verb} \S+", done.stdout, re.MULTILINE)
