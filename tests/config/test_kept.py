"""What is kept of a trial between starts is that of the files as they are."""

from pathlib import Path

import pytest

from ipseval.config import kept
from ipseval.config.kept import keep, keep_trial


@pytest.fixture
def root(tmp_path) -> Path:
    for file in ("config/trials/a/trial.yaml", "config/paye.yaml", "notebooks/1.ipynb"):
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("one", encoding="utf-8")
    (tmp_path / ".snakemake").mkdir()
    return tmp_path


def loaded(root: Path) -> tuple[object, bool]:
    """What a new process gets, and whether it had to load it."""
    calls = []

    def load(folder: Path, name: str) -> str:
        calls.append(name)
        return (folder / name / "trial.yaml").read_text("utf-8")

    kept._kept.cache_clear()
    found = keep_trial(root, "a", load)
    kept._kept(root, "a").write()
    return found, bool(calls)


def test_a_second_start_loads_nothing(root):
    assert loaded(root) == ("one", True)
    assert loaded(root) == ("one", False)


@pytest.mark.parametrize("file", ["config/trials/a/trial.yaml", "config/paye.yaml"])
def test_an_edit_is_loaded(root, file):
    loaded(root)
    (root / file).write_text("two", encoding="utf-8")
    assert loaded(root)[1]
    assert loaded(root) == ((root / "config/trials/a/trial.yaml").read_text("utf-8"), False)


@pytest.mark.parametrize("new", ["config/trials/a/models/x.yaml", "notebooks/2.ipynb"])
def test_a_new_file_is_seen(root, new):
    loaded(root)
    (root / new).parent.mkdir(exist_ok=True)
    (root / new).write_text("", encoding="utf-8")
    assert loaded(root)[1]


def test_one_process_sees_an_edit_too(root):
    texts = []
    for text in ("one", "two", "one"):
        (root / "config/trials/a/trial.yaml").write_text(text, encoding="utf-8")
        texts.append(keep_trial(root, "a", lambda folder, name, text=text: text))
    assert texts == ["one", "two", "one"]


def test_a_damaged_file_is_not_used(root):
    loaded(root)
    file = root / ".snakemake/ipseval-trials/a.pickle"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    assert loaded(root) == ("one", True)


def test_a_folder_that_snakemake_does_not_know_stays_as_it_is(root):
    (root / ".snakemake").rmdir()
    assert loaded(root)[1]
    assert not (root / ".snakemake").exists()


def test_what_is_made_of_a_trial_is_kept_with_it(root):
    loaded(root)
    assert keep(root, "a", "part", lambda: {"x": 1}) == {"x": 1}
    assert keep(root, "a", "part", lambda: {"x": 2}) == {"x": 1}
    (root / "config/trials/a/trial.yaml").write_text("two", encoding="utf-8")
    loaded(root)
    assert keep(root, "a", "part", lambda: {"x": 2}) == {"x": 2}
