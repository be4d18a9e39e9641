"""`ipseval verify`: every file of a run is the one that its job left and that others read."""

import os
import random
import re
import shutil

import pytest

from ipseval import verify as module
from ipseval.errors import InputError
from ipseval.files import read_sealed, sha256, write_sealed
from ipseval.provenance import record_job, relative
from ipseval.release.manifest import manifest
from ipseval.verify import RunFiles, outside_sources, restore, verify_run


def record(folder, name: str, inputs: list, outputs: list) -> None:
    """Leave the record of a job as job.py does."""
    results = str(folder.parent)
    record_job(
        folder / f"records/{name}.json",
        rule=name.partition(".")[0],
        wildcards={},
        inputs={relative(str(path), results): sha256(path) for path in inputs},
        outputs=[str(path) for path in outputs],
        params={"code": "c", "config": {"long": "declaration"}},
        log=str(folder / "logs/x.log"),
        benchmark=None,
        results=results,
    )


def write_manifest(folder) -> None:
    records = [str(path) for path in (folder / "records").glob("*.json")]
    write_sealed(folder / "manifest.json", manifest(records, folder.name, 1))


@pytest.fixture
def run(tmp_path, monkeypatch) -> RunFiles:
    """A run of three jobs: a source in the project and one outside; people; an estimate; a page."""
    monkeypatch.setattr(module, "ROOT", tmp_path / "project")
    monkeypatch.setattr("ipseval.provenance.ROOT", tmp_path / "project")
    folder = tmp_path / "project/results/r"
    sources = [tmp_path / "project/config/twin.yaml", tmp_path / "haven/people.csv"]
    made = [folder / f"t/{name}" for name in ("people.parquet", "impact.csv", "page.html")]
    for number, path in enumerate([*sources, *made, folder / "logs/x.log"]):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"what file {number} holds\n" * 20, encoding="utf-8")
    record(folder, "build.t", sources, made[:1])
    record(folder, "estimate.t", made[:1], made[1:2])
    record(folder, "site", made[:2], made[2:])
    write_manifest(folder)
    return RunFiles(folder, outside_sources(sources, folder.parent))


def states(run: RunFiles) -> dict[str, str]:
    return {finding.name: finding.state for finding in verify_run(run).findings}


def covered(run: RunFiles) -> list:
    sources = [module.ROOT / "config/twin.yaml", *run.outside.values()]
    return [*sources, *run.written()]


def test_a_whole_run_has_nothing_to_find_and_logs_are_no_results(run):
    (run.folder / "logs/x.log").write_text("another day", encoding="utf-8")
    found = verify_run(run)
    assert found.findings == found.unchecked == []
    assert found.files == len(covered(run)) == 9


def flip(path, draw: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    path.write_bytes(content)


@pytest.mark.parametrize("seed", range(20))
def test_a_flipped_bit_is_found_wherever_it_is(run, seed):
    draw = random.Random(seed)
    files = covered(run)
    # Each file has its turn, the records and the manifest among them.
    path = files[seed % len(files)]
    flip(path, draw)
    found = states(run)
    name = relative(str(path), str(run.folder.parent))
    assert found.get(name) == "changed", f"{path}: {found}"


def test_missing_and_unknown_files_are_named(run):
    (run.folder / "t/impact.csv").unlink()
    (run.folder / "records/site.json").unlink()
    (run.folder / "t/by hand.csv").write_text("x", encoding="utf-8")
    shutil.copy(run.folder / "records/build.t.json", run.folder / "records/older.json")
    assert states(run) == {
        "results/r/t/impact.csv": "missing",
        "results/r/records/site.json": "missing",
        "results/r/t/by hand.csv": "unknown",
        "results/r/records/older.json": "unknown",
    }


def test_an_input_that_its_maker_did_not_leave_is_found_though_all_match_the_disk(run):
    """An estimate edited by hand, read by the page, and then made again as it was."""
    estimate = run.folder / "t/impact.csv"
    before = estimate.read_text(encoding="utf-8")
    estimate.write_text("edited", encoding="utf-8")
    record(run.folder, "site", [run.folder / "t/people.parquet", estimate], [])
    estimate.write_text(before, encoding="utf-8")
    write_manifest(run.folder)
    found = {f.name: f for f in verify_run(run).findings}
    outdated = found["results/r/t/impact.csv"]
    assert outdated.why == "site read another version than estimate.t left"
    assert outdated.state == "outdated", "the file itself is as its job left it"
    assert [finding.jobs for finding in restore(run)] == [("site",)]
    assert not (run.folder / "records/site.json").exists()


def test_a_run_without_a_manifest_is_not_finished(run):
    (run.folder / "manifest.json").unlink()
    assert states(run) == {"results/r/manifest.json": "missing"}


def test_jobs_of_damaged_and_lost_files_are_done_again_and_no_others(run):
    assert restore(run) == []
    (run.folder / "t/impact.csv").write_bytes(b"")
    assert [finding.jobs for finding in restore(run, remove=False)] == [("estimate.t",)]
    assert len(list((run.folder / "records").iterdir())) == 3, "nothing but a look"
    restore(run)
    left = {path.name for path in (run.folder / "records").iterdir()}
    assert left == {"build.t.json", "site.json"}
    assert not (run.folder / "manifest.json").exists(), "it tells of a record that is gone"


@pytest.mark.parametrize(
    ("target", "done_again"),
    [
        ("t/people.parquet", set()),  # made before what is damaged
        ("t/impact.csv", {"estimate.t"}),
        ("records/estimate.t.json", {"estimate.t"}),
        ("t/page.html", {"estimate.t"}),
        ("t/not_made.csv", {"estimate.t"}),  # nobody knows what it would be made from
    ],
)
def test_only_jobs_behind_what_is_asked_for_are_done_again(run, target, done_again):
    (run.folder / "t/impact.csv").write_bytes(b"")
    before = {path.stem for path in (run.folder / "records").iterdir()}
    found = restore(run, targets=[str(run.folder / target)])
    assert {job for finding in found for job in finding.jobs} == done_again
    left = {path.stem for path in (run.folder / "records").iterdir()}
    assert before - left == done_again
    if not done_again:
        assert [finding.jobs for finding in restore(run)] == [("estimate.t",)], "another time"


@pytest.mark.parametrize("source", [0, 1], ids=["in the project", "outside"])
def test_a_source_that_changed_has_its_job_done_again_whatever_its_time(run, source):
    path = covered(run)[source]
    stat = path.stat()
    path.write_text("edited", encoding="utf-8")
    os.utime(path, ns=(stat.st_atime_ns - 10**12, stat.st_mtime_ns - 10**12))
    assert [finding.jobs for finding in restore(run)] == [("build.t",)]


def test_a_source_of_which_nobody_knows_where_it_lies_is_said_to_be_unchecked(run):
    blind = RunFiles(run.folder)
    found = verify_run(blind)
    assert found.findings == []
    assert [bool(re.fullmatch(r"\(outside\)/[0-9a-f]{8}/people.csv", n)) for n in found.unchecked]


def test_a_seal_tells_every_kind_of_edit(tmp_path):
    path = tmp_path / "x.json"
    write_sealed(path, {"b": [1, 2], "a": "é"})
    assert read_sealed(path) == {"b": [1, 2], "a": "é"}
    content = path.read_bytes()
    for spoilt in (content + b"\n", content[:-1], b"", content.replace(b"1", b"2"), b"{}"):
        path.write_bytes(spoilt)
        with pytest.raises(InputError, match="the file is damaged"):
            read_sealed(path)
