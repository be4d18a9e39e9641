"""Verifies a run by content: every file is the one that its job left and that others read."""

import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from .config.load import load_project
from .errors import InputError, counted
from .files import read_sealed, sha256
from .provenance import OUTSIDE, ROOT, relative

# State of a file that has been made again since a job read it, and is as its own job left it.
OUTDATED = "outdated"
# Folders of a run that tell of the day and the machine, and are no results.
OF_THE_DAY = ("logs", "benchmarks", ".snakemake")


@dataclass(frozen=True)
class Finding:
    """A file that is not as it should be: its name, its state in a word, and what is wrong.

    jobs: names of the records of the jobs to be done again so that all is well.
    """

    name: str
    state: str
    why: str
    jobs: tuple[str, ...] = ()


@dataclass
class Verified:
    """What the verification of a run found, and how many files it read."""

    files: int = 0
    findings: list[Finding] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)


class RunFiles:
    """The files of a run, and the sources that it was made from.

    folder: results/<run>. outside: name in records -> file, for sources outside the project.
    """

    def __init__(self, folder: Path, outside: Mapping[str, Path] | None = None):
        self.folder, self.outside = folder, dict(outside or {})
        self.records_folder = folder / "records"

    def path(self, name: str) -> Path | None:
        """Return the file that a name in records stands for, None where nobody can tell."""
        if name.startswith("results/"):
            return self.folder.parent / name.removeprefix("results/")
        if name.startswith(f"{OUTSIDE}/"):
            return self.outside.get(name)
        return ROOT / name

    def name(self, path: Path) -> str:
        """Return the name that records give to a file of the run."""
        return f"results/{path.relative_to(self.folder.parent).as_posix()}"

    @property
    def manifest_name(self) -> str:
        """The name that records would give to the manifest."""
        return self.name(self.folder / "manifest.json")

    def record_name(self, job: str) -> str:
        """Return the name of the record of a job."""
        return self.name(self.records_folder / f"{job}.json")

    def written(self) -> Iterator[Path]:
        """Yield every file of the run that is a result, a record or the manifest."""
        for base, folders, files in os.walk(self.folder):
            if Path(base) == self.folder:
                folders[:] = [name for name in folders if name not in OF_THE_DAY]
            yield from (Path(base, name) for name in files)


def outside_sources(paths: Iterable[str | Path], results: Path) -> dict[str, Path]:
    """Return, by name in records, those of some files that lie outside project and results."""
    named = {relative(str(path), str(results)): Path(path) for path in paths}
    return {name: path for name, path in named.items() if name.startswith(f"{OUTSIDE}/")}


# Is told how many files have been read, and of how many.
Say = Callable[[int, int], object]


def _silent(done: int, of: int) -> None:
    """Say nothing."""


def verify_run(run: RunFiles, say: Say = _silent) -> Verified:
    """Hold every file of a run, the manifest and the records among them, against each other."""
    verified = Verified()
    manifest = _read_manifest(run, verified)
    records = _read_records(run, verified)
    if manifest is not None:
        _compare_records(run, manifest, records, verified)
    _compare_files(run, records, verified, say)
    known = {name for record in records.values() for name in record["outputs"]}
    known |= {run.record_name(job) for job in records}
    known |= {finding.name for finding in verified.findings} | {run.manifest_name}
    known |= _released(run, verified)
    for path in sorted(run.written()):
        if (name := run.name(path)) not in known:
            verified.findings.append(
                Finding(name, "unknown", "no job of the run has left this file")
            )
    return verified


# What a checker and `ipseval release` leave beside the folder of a release.
OF_CHECKER = ("decisions.csv", "release.zip")


def _released(run: RunFiles, verified: Verified) -> set[str]:
    """Return the names of the files of a release, and note those that its list does not have so."""
    folder = run.folder / "release"
    names = {run.name(run.folder / name) for name in OF_CHECKER}
    if not (folder / "checksums.txt").exists():
        return names
    found = {finding.name for finding in verified.findings}
    for line in (folder / "checksums.txt").read_text(encoding="utf-8").splitlines():
        checksum, _, name = line.partition("  ")
        path = folder / name
        if run.name(path) in found:
            continue
        names.add(run.name(path))
        if not path.exists() or sha256(path) != checksum:
            why = "it is not the one in release/checksums.txt"
            verified.findings.append(Finding(run.name(path), "changed", why, ("build_release",)))
    return names


def _read_manifest(run: RunFiles, verified: Verified) -> dict[str, Any] | None:
    path = run.folder / "manifest.json"
    if not path.exists():
        verified.findings.append(Finding(run.manifest_name, "missing", "the run is not finished"))
        return None
    verified.files += 1
    try:
        return read_sealed(path)
    except InputError as error:
        verified.findings.append(Finding(run.manifest_name, "changed", error.problem))
        return None


def _read_records(run: RunFiles, verified: Verified) -> dict[str, dict[str, Any]]:
    """Return the undamaged records by job."""
    records = {}
    for path in sorted(run.records_folder.glob("*.json")):
        verified.files += 1
        try:
            records[path.stem] = read_sealed(path)
        except InputError as error:
            name = run.name(path)
            verified.findings.append(Finding(name, "changed", error.problem, (path.stem,)))
    return records


def _compare_records(
    run: RunFiles, manifest: dict[str, Any], records: dict[str, dict[str, Any]], verified: Verified
) -> None:
    """Hold the records against the manifest, which stands in for those that are lost."""
    damaged = {finding.name for finding in verified.findings}
    for job in [job for job in records if job not in manifest["jobs"]]:
        del records[job]  # of an earlier configuration: its files are no results of this run
    for job, told in manifest["jobs"].items():
        name = run.record_name(job)
        if job not in records:
            if name not in damaged:
                verified.findings.append(Finding(name, "missing", "the manifest names it"))
            made = {n: e["sha256"] for n, e in manifest["outputs"].items() if e["job"] == job}
            records[job] = {"inputs": told["inputs"], "outputs": made}
        elif sha256(run.records_folder / f"{job}.json") != told["record"]:
            verified.findings.append(
                Finding(name, "changed", "it is not the record that the manifest was made from")
            )


def _compare_files(
    run: RunFiles,
    records: dict[str, dict[str, Any]],
    verified: Verified,
    say: Say,
) -> None:
    """Hold outputs and sources against the disk, and inputs against what their makers left."""
    makers = {name: job for job, record in records.items() for name in record["outputs"]}
    wanted: dict[tuple[str, str], list[str]] = {}
    for job, record in records.items():
        for name, checksum in record["outputs"].items():
            wanted.setdefault((name, checksum), []).append(job)
        for name, checksum in record["inputs"].items():
            if name not in makers:
                if name.startswith(run.name(run.folder) + "/"):
                    text = f"{job} read it, and no record says which job made it"
                    verified.findings.append(Finding(name, "unknown", text))
                wanted.setdefault((name, checksum), []).append(job)
            elif records[makers[name]]["outputs"][name] != checksum:
                text = f"{job} read another version than {makers[name]} left"
                verified.findings.append(Finding(name, OUTDATED, text, (job,)))

    @cache
    def on_disk(path: Path) -> str | None:
        verified.files += 1
        return sha256(path) if path.is_file() else None

    for done, ((name, checksum), users) in enumerate(sorted(wanted.items()), 1):
        path = run.path(name)
        if path is None:
            verified.unchecked.append(name)
            continue
        is_result = name in makers
        there = on_disk(path)
        if there is None:
            why = "its job left it" if is_result else f"{users[0]} read it"
            verified.findings.append(Finding(name, "missing", why, tuple(users)))
        elif there != checksum:
            why = f"it is not what {users[0]} {'left' if is_result else 'read'}"
            verified.findings.append(Finding(name, "changed", why, tuple(users)))
        say(done, len(wanted))


def restore(run: RunFiles, remove: bool = True, targets: Collection[str] = ()) -> list[Finding]:
    """Make jobs whose inputs or outputs are not what they recorded be done again; return why.

    Their records are removed, since a run does again what has no record. So is a manifest that
    does not go with the records. Without `remove` nothing is done. Where files of the run are
    asked for (`targets`, as paths), jobs that these are not made from are left for another time.
    """
    verified = Verified()
    records = _read_records(run, verified)
    _compare_files(run, records, verified, _silent)
    _released(run, verified)
    behind = _jobs_behind(run, records, targets)
    findings = [
        replace(finding, jobs=jobs)
        for finding in verified.findings
        if (jobs := tuple(job for job in finding.jobs if job in behind or job not in records))
    ]
    if not remove:
        return findings
    of_manifest = Verified()
    manifest = _read_manifest(run, of_manifest)
    if manifest is not None:
        _compare_records(run, manifest, records, of_manifest)
    if findings or of_manifest.findings:
        (run.folder / "manifest.json").unlink(missing_ok=True)
    for job in {job for finding in findings for job in finding.jobs}:
        (run.records_folder / f"{job}.json").unlink(missing_ok=True)
    return findings


def _jobs_behind(
    run: RunFiles, records: Mapping[str, Mapping[str, Any]], targets: Collection[str]
) -> set[str]:
    """Return the jobs that made some files, and all that these were made from.

    All jobs, if no file is named or one is that no job has made.
    """
    makers = {name: job for job, record in records.items() for name in record["outputs"]}
    makers |= {run.record_name(job): job for job in records}
    names = {relative(str(ROOT / target), str(run.folder.parent)) for target in targets}
    if not names or not names <= makers.keys():
        return {*records}
    behind: set[str] = set()
    waiting = [makers[name] for name in names]
    while waiting:
        job = waiting.pop()
        if job not in behind:
            behind.add(job)
            waiting += [makers[name] for name in records[job]["inputs"] if name in makers]
    return behind


def files_of_run(run: str | None, results: str | None) -> RunFiles:
    """Return the files of a run as it is configured."""
    overrides = {"run": run, "results": str(Path(results).resolve()) if results else None}
    project = load_project(ROOT, {key: value for key, value in overrides.items() if value})
    folder = (ROOT / project.main.results / project.main.run).resolve()
    sources = [
        Path(ROOT, source.folder, file.path)
        for source in project.run.extracts.values()
        for table in source.tables
        for file in source.files(table)
    ]
    return RunFiles(folder, outside_sources(sources, folder.parent))


def verify(run: str | None, results: str | None) -> tuple[str, bool]:
    """Return what is wrong with the files of a run, as text, and whether nothing is.

    Raises InputError where there is no run.
    """
    files = files_of_run(run, results)
    if not files.folder.is_dir():
        raise InputError("there is no such run", file=files.folder, remedy="run `make report`")
    verified = verify_run(files, _progress if sys.stderr.isatty() else _silent)
    lines = [f"{finding.state:<8} {finding.name}: {finding.why}" for finding in verified.findings]
    lines += [f"not checked, since it is not known where it lies: {n}" for n in verified.unchecked]
    verdict = (
        f"{counted(len(verified.findings), 'problem', 'problems')}; `make report` mends what is "
        "missing or changed, and what is unknown is nobody's result"
        if verified.findings
        else "all are as their jobs left and read them"
    )
    lines.append(f"{counted(verified.files, 'file', 'files')} of {files.folder.name}: {verdict}")
    return "\n".join(lines), not verified.findings


def _progress(done: int, of: int) -> None:
    end = "\r\033[K" if done == of else ""
    print(f"\r{done:,} of {of:,} files{end}", end="", file=sys.stderr, flush=True)
