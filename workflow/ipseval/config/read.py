"""Reads YAML files into sections, and says on which line a mistake is."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import yaml
from pydantic import ValidationError

from ..errors import InputError, InputErrors
from .base import Section

T = TypeVar("T", bound=Section)

DEEPEST = 50  # levels of keys and lists; a declaration has ten

_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)$")

# The one in C is ten times faster; not every build of PyYAML has it.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):
    """A safe loader that refuses a key given twice, of which YAML would let the last win.

    Dates stay text: sections that take a date say in which form. So do 010 and 1:30, which YAML
    would take for the numbers 8 and 90.
    """

    yaml_implicit_resolvers: ClassVar = {
        first: [
            (tag, _WHOLE if tag.endswith(":int") else pattern)
            for tag, pattern in resolvers
            if not tag.endswith(":timestamp")
        ]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag.endswith(":merge"):
                continue
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise _wrong(f"a key is a list or a mapping (line {line}); keys are single words")
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise _wrong(f"key '{key}' is given twice (line {line})")
            seen.add(key)
        return super().construct_mapping(node, deep)


def _wrong(problem: str) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, problem)


def read_yaml(path: Path) -> dict:
    """Return the mapping in a YAML file; raises InputError if it is none."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - safe
    except FileNotFoundError:
        raise InputError("configuration file is missing", file=path) from None
    except IsADirectoryError:
        raise InputError("is a folder, and not a file", file=path) from None
    except UnicodeDecodeError:
        raise InputError(
            "not text in UTF-8", file=path, remedy="save the file in the encoding UTF-8"
        ) from None
    except RecursionError:
        raise InputError("keys are nested too deeply to be read", file=path) from None
    except yaml.YAMLError as error:
        raise InputError(f"not valid YAML: {error}", file=path) from None
    if not isinstance(data, dict):
        raise InputError("expected keys and values", file=path)
    if _is_deeper_than(DEEPEST, data):
        raise InputError("keys are nested too deeply to be read", file=path)
    return data


def _is_deeper_than(levels: int, data: dict) -> bool:
    """Return whether data are nested more deeply; what YAML aliases share is looked at once."""
    level: dict[int, dict | list] = {id(data): data}
    for _ in range(levels):
        parts = [
            part
            for value in level.values()
            for part in (value.values() if isinstance(value, dict) else value)
            if isinstance(part, dict | list)
        ]
        level = {id(part): part for part in parts}
        if not level:
            return False
    return True


def section_files(path: Path) -> list[Path]:
    """Return the files of a section: X.yaml, or every file of the folder X where that is missing.

    A long section is kept in a folder; extracts/hmrc.yaml holds some tables of `extracts`.
    """
    folder = path.with_suffix("")
    return [path] if path.exists() or not folder.is_dir() else sorted(folder.glob("*.yaml"))


def read_section(path: Path, kind: type[T]) -> T:
    """Return the typed content of a YAML file, or of a folder of files named like it.

    Raises InputError naming file, line and key, also for a name that two files of a folder give.
    """
    data: dict = {}
    for file in section_files(path):
        for key, value in read_yaml(file).items():
            names = list(value) if isinstance(value, dict) and key in data else []
            if key in data and (not names or set(names) & set(data[key])):
                twice = next((name for name in names if name in data[key]), key)
                raise InputError(f"'{twice}' is given in another file as well", file=file)
            data[key] = data[key] | value if names else value
    return parse_section(data, kind, path)


def parse_section(data: dict, kind: type[T], path: object) -> T:
    """Return data as a section; raises InputErrors with one entry a mistake.

    `path` is where the data were read from, as given to read_section.
    """
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        problems = [
            InputError(
                detail["msg"].removeprefix("Value error, "),
                file=located(path, detail["loc"]) if isinstance(path, Path) else path,
                rule=".".join(str(part) for part in detail["loc"]) or "top level",
                remedy="correct the key named above; docs/reference/configuration.md lists all",
            )
            for detail in error.errors()
        ]
        raise InputErrors(problems) from None


def located(path: Path, keys: Sequence[object]) -> str:
    """Return the file and line of a key of a section: the innermost of the keys that is there.

    Files are read again for it, which only a refusal has to wait for.
    """
    best = (0, str(path if path.exists() else path.with_suffix("")))
    for file in section_files(path):
        try:
            node = _composed(file, file.stat().st_mtime_ns)
        except (OSError, ValueError, yaml.YAMLError):
            continue  # What is wrong with the file itself has been said when it was read.
        depth, line = 0, None
        for key in keys:
            part = _inside(node, str(key))
            if part is None:
                break
            node, line = part
            depth += 1
        if depth > best[0]:
            best = (depth, f"{file}, line {line}")
    return best[1]


@lru_cache(maxsize=32)
def _composed(file: Path, modified: int) -> Any:
    return yaml.compose(file.read_text(encoding="utf-8"), Loader=_Loader)


def _inside(node: Any, key: str) -> tuple[Any, int] | None:
    """Return the value of a key, or of a place in a list, and the line of it."""
    if isinstance(node, yaml.SequenceNode) and key.isdigit() and int(key) < len(node.value):
        part = node.value[int(key)]
        return part, part.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        return None
    if key == "0" and all(name.value != key for name, _ in node.value):
        return node, node.start_mark.line + 1  # a list of one may be written without its dash
    for name, part in node.value:
        if isinstance(name, yaml.ScalarNode) and name.value == key:
            return part, name.start_mark.line + 1
    merged = [part for name, part in node.value if name.tag.endswith(":merge")]
    for part in merged:
        for other in part.value if isinstance(part, yaml.SequenceNode) else [part]:
            if (line := _inside(other, key)) is not None:
                return line
    return None
