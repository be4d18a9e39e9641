"""Shared by all tests: copies of the project, and one small run that they start from."""

import compileall
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# What a run reads; the licence and the lock go into its release.
PARTS = (
    *("Snakefile", "workflow", "config", "notebooks", "pyproject.toml", "envs"),
    *("LICENSE", "requirements.lock", "docs", "CITATION.cff"),
)
# Folders of a run that tell of the day and the machine; everything else is the same each time.
OF_THE_DAY = ("logs", "benchmarks")


def pytest_collection_modifyitems(items):
    """Put the longest files first, so that no worker is left with one of them at the end."""
    longest = ["test_bytes.py", "test_kill.py", "test_small_run.py", "test_no_peeking.py"]
    longest += ["test_calibration.py", "test_real_files.py", "test_custody.py"]
    order = {name: place for place, name in enumerate(longest)}
    items.sort(key=lambda item: order.get(item.path.name, len(longest)))


class Project:
    """A copy of the project in a temporary folder, and the commands to run in it."""

    def __init__(self, folder: Path):
        self.folder = folder

    def __truediv__(self, path: str) -> Path:
        return self.folder / path

    def snakemake(self, *arguments: str, cores: int = 2, **config: str):
        """Run Snakemake; `config` are overrides of config.yaml, the run is small if not named."""
        overrides = [f"{key}={value}" for key, value in ({"run": "small"} | config).items()]
        # Targets come first: what follows --quiet or --config would be taken for their values.
        command = ["-m", "snakemake", *arguments, "--cores", str(cores)]
        return self.python(*command, "--quiet", "host", "reason", "--config", *overrides)

    def ipseval(self, *arguments: str, cwd: Path | None = None):
        """Run the command line of the copied package, in the project if no folder is given."""
        return self.python("-m", "ipseval.cli", *arguments, cwd=cwd)

    def start_ipseval(self, *arguments: str, output: int | None = None) -> subprocess.Popen:
        """Start the command line in a session of its own, output to ipseval.out if not named."""
        with (self.folder / "ipseval.out").open("ab") as out:
            return subprocess.Popen(
                [sys.executable, "-m", "ipseval.cli", *arguments],
                cwd=self.folder,
                env=self.environment,
                stdout=out if output is None else output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def planned(self, *targets: str, **config: str) -> tuple[dict[str, int], list[str]]:
        """Return the jobs of a dry run: rule -> count, and the message of each job."""
        text = self.snakemake("--dry-run", *targets, **config)
        assert text.returncode == 0, text.stdout
        table = re.search(
            r"^job +count\n-[- ]+\n(.*?)^total", text.stdout, re.MULTILINE | re.DOTALL
        )
        lines = table[1].splitlines() if table else []
        jobs = {name: int(count) for name, count in (line.split() for line in lines)}
        return jobs, re.findall(r"^ *Job \d+: (.*)$", text.stdout, re.MULTILINE)

    def checksums(self, run: str = "small", results: str = "results") -> dict[str, str]:
        """Return the SHA-256 of every file of a run but its logs and benchmarks, by path."""
        folder = self.folder / results / run
        return {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.relative_to(folder).parts[0] not in OF_THE_DAY
        }

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace the first occurrence of text in a file; it has to be there."""
        file = self.folder / path
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{path} no longer contains {old!r}"
        file.write_text(text.replace(old, new, 1), encoding="utf-8")

    @property
    def environment(self) -> dict[str, str]:
        # Bytecode spares each of thirty jobs the compilation of the package.
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        return kept | {"PYTHONPATH": str(self.folder / "workflow"), "COLUMNS": "200"}

    def python(self, *arguments: str, cwd: Path | None = None):
        """Run Python with the copied package; stderr is part of stdout, as a person sees it."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=cwd or self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=1200,
            check=False,
        )


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """Return once(name, make): a folder that one worker makes, whichever comes first.

    make(folder) fills the folder, which does not exist yet. What it raises, it raises for all.
    """
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def once(name: str, make: Callable[[Path], None]) -> Path:
        folder, failure = base / name, base / f"{name}.failed"
        with (base / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if failure.exists():
                pytest.fail(failure.read_text(encoding="utf-8"))
            if not folder.exists():
                partial = base / f"{name}.partial"
                try:
                    make(partial)
                except BaseException as error:
                    failure.write_text(f"{name} could not be made: {error}", encoding="utf-8")
                    raise
                partial.rename(folder)
        return folder

    return once


def copy_of(source: Path, target: Path) -> Project:
    """Copy a project; times are kept, because by them Snakemake knows what is up to date."""
    shutil.copytree(source, target)
    return Project(target)


@pytest.fixture(scope="session")
def snapshot(once) -> Path:
    """The project as it was when the session began, without results."""

    def make(folder: Path) -> None:
        folder.mkdir()
        waste = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        for part in PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, folder / part, ignore=waste)
            else:
                shutil.copy2(ROOT / part, folder / part)
        compileall.compile_dir(folder / "workflow" / "ipseval", quiet=2)

    return once("snapshot", make)


@pytest.fixture(scope="session")
def reference(snapshot, once) -> Project:
    """The small run, made once a session. Nothing may write into it: `small` is a copy of it."""

    def make(folder: Path) -> None:
        done = copy_of(snapshot, folder).snakemake()
        assert done.returncode == 0, done.stdout

    return Project(once("reference", make))


@pytest.fixture
def project(snapshot, tmp_path) -> Project:
    """A copy of the project without results, in a folder that needs quoting and is called as most.

    What runs there runs from any folder.
    """
    folder = tmp_path / "a b'ü{x}"
    folder.mkdir()
    return copy_of(snapshot, folder / "ipseval")


@pytest.fixture
def small(reference, tmp_path) -> Project:
    """A copy of the project with the finished small run."""
    return copy_of(reference.folder, tmp_path / "small")


@pytest.fixture(scope="module")
def small_of_module(reference, tmp_path_factory) -> Project:
    """A copy of the finished small run that the tests of one module share."""
    return copy_of(reference.folder, tmp_path_factory.mktemp("small") / "project")
