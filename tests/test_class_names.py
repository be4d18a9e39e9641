"""One name of a class has one meaning in the package."""

import ast
from collections import defaultdict

from ipseval.provenance import ROOT

PACKAGE = ROOT / "workflow" / "ipseval"


def test_no_two_classes_share_a_name():
    bearers = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                bearers[node.name].append(path.relative_to(PACKAGE).as_posix())
    assert len(bearers) > 200
    assert {name: files for name, files in bearers.items() if len(files) > 1} == {}
