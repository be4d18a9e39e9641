"""A run is taken for done only in the state in which it came to its end."""

import pytest

from ipseval import unchanged
from ipseval.config.run import Run

SYNTHETIC = {"source": "synthetic", "module": "ipseval.twin.hlt"}


@pytest.fixture
def project(tmp_path):
    for name in ("config/a.yaml", "workflow/b.py", "notebooks/c.ipynb", "results/r/manifest.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return tmp_path


def state(project, **overrides):
    return unchanged.state_of(project / "results/r", overrides, project)


def test_the_state_that_was_kept_is_known_and_no_other(project):
    assert not unchanged.is_kept(state(project), project)
    unchanged.keep(state(project), project)
    assert unchanged.is_kept(state(project), project)
    assert not unchanged.is_kept(state(project, run="small"), project)
    for path in [p for p in project.rglob("*") if p.is_file() and ".snakemake" not in p.parts]:
        before = path.read_bytes()
        for damage in (lambda: path.write_text("other"), path.unlink):  # noqa: B023
            damage()
            assert not unchanged.is_kept(state(project), project), path
            path.write_bytes(before)
    assert unchanged.is_kept(state(project), project)
    (project / "config/new.yaml").touch()
    assert not unchanged.is_kept(state(project), project)


def test_what_is_not_kept_whole_is_not_known(project):
    unchanged.keep(state(project), project)
    (kept,) = (project / unchanged.FOLDER).iterdir()
    kept.write_bytes(kept.read_bytes()[:-10])
    assert not unchanged.is_kept(state(project), project)


def test_real_people_and_code_elsewhere_are_left_to_snakemake(monkeypatch, tmp_path):
    def run(**source):
        return Run.model_validate(
            {"description": "A run.", "seed": 1, "extracts": {"hlt": {**SYNTHETIC, **source}}}
        )

    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert unchanged.knows_all(run())
    files = {"source": "files", "module": None, "folder": str(tmp_path), "tables": {}}
    assert not unchanged.knows_all(run(**files))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert not unchanged.knows_all(run())
