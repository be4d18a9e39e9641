"""Finds Python modules by dotted name, in this package or outside it, without importing them."""

import ast
import importlib.util
from pathlib import Path

PACKAGE = Path(__file__).parent


def module_file(name: str) -> Path | None:
    """Return the source file of a module, None if there is none.

    Modules of this package are those of this checkout, whatever is installed. Any other is
    looked for where Python finds its outermost package.
    """
    parts = name.split(".")
    folders = [PACKAGE.parent] if parts[0] == PACKAGE.name else _folders_with(parts[0])
    for folder in folders:
        path = folder.joinpath(*parts)
        for candidate in (path.with_suffix(".py"), path / "__init__.py"):
            if candidate.is_file():
                return candidate
    return None


def _folders_with(package: str) -> list[Path]:
    """Return the folders in which Python finds an outermost package or module."""
    spec = importlib.util.find_spec(package)
    if spec is None:
        return []
    if spec.submodule_search_locations is not None:
        return [Path(folder).parent for folder in spec.submodule_search_locations]
    return [Path(spec.origin).parent] if spec.has_location and spec.origin else []


def import_folder(name: str, file: Path) -> Path:
    """Return the folder that Python has to search in order to import a module from its file."""
    return file.parents[name.count(".") + (file.name == "__init__.py")]


def defines(file: Path, function: str) -> bool:
    """Return whether a module defines or imports a name, as far as its text can tell.

    Raises SyntaxError for a file that is no Python.
    """
    names: set[str] = set()
    waiting: list = list(ast.parse(file.read_text(encoding="utf-8")).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        for field in ("body", "orelse", "handlers", "finalbody"):
            waiting += getattr(node, field, ())
    return function in names or "*" in names
