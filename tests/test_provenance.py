"""Code hashes follow imports, ignore words and notice code."""

import pytest

from ipseval import modules, provenance
from ipseval.provenance import ROOT, code_hash, modules_of

SCRIPTS = sorted((ROOT / "workflow" / "scripts").glob("*.py"))


def forget() -> None:
    """Be a new process, which looks at the files as they are."""
    provenance._parsed.cache_clear()
    provenance._known_file.cache_clear()


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A package of three modules and a script, in place of the real one."""
    package = tmp_path / "ipseval"
    (package / "stage").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "stage" / "__init__.py").write_text("")
    (package / "stage" / "one.py").write_text("from .two import f\n\n\ndef g():\n    return f()\n")
    (package / "stage" / "two.py").write_text('"""Words."""\n\n\ndef f():\n    return 1\n')
    (package / "stage" / "other.py").write_text("x = 1\n")
    script = tmp_path / "script.py"
    script.write_text("from ipseval.stage.one import g\n")
    monkeypatch.setattr(modules, "PACKAGE", package)
    forget()
    yield package, script
    forget()


def changed(copy, name, text):
    package, script = copy
    before = code_hash(script)
    (package / name).write_text(text)
    forget()
    return code_hash(script) != before


def test_imports_are_followed(copy):
    assert modules_of(copy[1]) == [
        "ipseval",
        "ipseval.stage",
        "ipseval.stage.one",
        "ipseval.stage.two",
    ]


def test_a_change_two_imports_away_counts(copy):
    assert changed(copy, "stage/two.py", '"""Words."""\n\n\ndef f():\n    return 2\n')


def test_comments_docstrings_and_layout_do_not(copy):
    text = '"""Other words."""\n# why\n\ndef f():\n    """More."""\n    return (1)\n'
    assert not changed(copy, "stage/two.py", text)


def test_a_module_that_is_not_imported_does_not(copy):
    assert not changed(copy, "stage/other.py", "x = 2\n")


def test_what_only_type_checkers_import_is_not_followed(copy):
    package, script = copy
    text = (package / "stage" / "two.py").read_text()
    only = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from .other import x\n"
    (package / "stage" / "two.py").write_text(text + only)
    forget()
    assert "ipseval.stage.other" not in modules_of(script)


def test_a_job_of_outcomes_has_the_code_of_its_kinds_and_of_no_other():
    script = ROOT / "workflow" / "scripts" / "derive_outcomes.py"
    folder = "ipseval.outcomes.derivations"
    found = modules_of(script, (f"{folder}.fall",))
    assert [name for name in found if name.startswith(f"{folder}.")] == [f"{folder}.fall"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_are_thin(script):
    lines = script.read_text().splitlines()
    assert len(lines) <= 40
    assert not any(line.startswith(("def ", "class ")) for line in lines)


def test_linkage_does_not_import_matplotlib():
    import subprocess
    import sys

    code = "import sys, ipseval.linkage.link; print('matplotlib' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT / "workflow")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"
