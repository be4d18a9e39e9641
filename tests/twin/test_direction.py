"""Twins use the engine, and nothing uses them: a run file names the module of a maker."""

import ast
import re
from pathlib import Path

import pytest

from ipseval.modules import PACKAGE
from ipseval.provenance import modules_of

WORKFLOW = PACKAGE.parent
MODULES = sorted([*PACKAGE.rglob("*.py"), *(WORKFLOW / "scripts").glob("*.py")])
OUTSIDE = [path for path in MODULES if not path.is_relative_to(PACKAGE / "twin")]
SCRIPTS = sorted((WORKFLOW / "scripts").glob("*.py"))


def imported(path: Path) -> set[str]:
    """Return the dotted names that a file imports anywhere, functions and all."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            folder = path.parents[node.level - 1].relative_to(WORKFLOW) if node.level else Path()
            base = ".".join([*folder.parts, *([node.module] if node.module else [])])
            found |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return found


def is_twin(name: str) -> bool:
    return name == "ipseval.twin" or name.startswith("ipseval.twin.")


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: path.relative_to(WORKFLOW).as_posix())
def test_nothing_outside_a_twin_imports_one(path):
    assert not {name for name in imported(path) if is_twin(name)}


def test_no_rule_imports_a_twin():
    for path in [WORKFLOW.parent / "Snakefile", *(WORKFLOW / "rules").glob("*.smk")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"ipseval\.twin|from ipseval import.*\btwin\b", text), path.name


def test_the_test_sees_imports_of_every_form(tmp_path):
    assert any(is_twin(name) for name in imported(PACKAGE / "twin/hlt/__init__.py"))
    forms = (
        "from ipseval.twin import hlt",
        "from ipseval import twin",
        "import ipseval.twin.hlt as x",
        "def f():\n    from ipseval.twin.hlt import make_twin",
    )
    for number, text in enumerate(forms):
        path = tmp_path / f"{number}.py"
        path.write_text(text, encoding="utf-8")
        assert any(is_twin(name) for name in imported(path)), text


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_no_script_reaches_a_twin(script):
    assert not any(is_twin(name) for name in modules_of(script))


def test_a_twin_uses_the_engine():
    modules = modules_of(WORKFLOW / "scripts/build_extracts.py", ("ipseval.twin.hlt",))
    assert {"ipseval.twin.hlt", "ipseval.twin.published", "ipseval.impact.design"} <= set(modules)
