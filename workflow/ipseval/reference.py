"""Reference pages and JSON schemas, generated from the declarations so that they cannot drift."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from .config.base import Section
from .config.declared import TRIAL_FILES
from .config.extracts import Extracts
from .config.models import Model, estimators
from .config.paye import FILE as PAYE_FILE
from .config.paye import Paye
from .config.placeholders import FILE as PLACEHOLDERS_FILE
from .config.placeholders import Placeholders
from .config.read import read_section
from .config.run import Main, Run
from .files import write_text
from .kinds import Kinds

FILES: dict[str, type[Section]] = {
    "config/config.yaml": Main,
    "config/runs/<run>.yaml": Run,
    **{f"config/trials/<trial>/{stem}.yaml": kind for stem, kind in TRIAL_FILES.items()},
    PAYE_FILE: Paye,
    PLACEHOLDERS_FILE: Placeholders,
}
GENERATED = "Generated from the code by `make docs`; do not edit."


def reference_files(root: Path) -> dict[Path, str]:
    """Return path -> text of every generated file."""
    files = {
        root / "docs" / "reference" / "configuration.md": configuration_page(),
        root / "docs" / "reference" / "codebook.md": codebook_page(root / "config" / "trials"),
        root / "docs" / "reference" / "estimators.md": estimators_page(),
    }
    for name, kind in FILES.items():
        stem = "run" if kind is Run else Path(name).stem
        schema = json.dumps(kind.model_json_schema(by_alias=True), indent=2, ensure_ascii=False)
        files[root / "workflow" / "schemas" / f"{stem}.schema.json"] = schema + "\n"
    return files


def write_reference(root: Path) -> list[Path]:
    """Write every generated file; returns the paths."""
    files = reference_files(root)
    for path, text in files.items():
        write_text(path, text)
    return list(files)


def configuration_page() -> str:
    """Return the page of all keys of all configuration files."""
    lines = ["# Configuration", "", GENERATED, "", "A key that is not listed here is refused.", ""]
    for name, kind in FILES.items():
        lines += [f"## {name}", ""]
        seen: set[type[Section]] = set()
        waiting = [kind]
        while waiting:
            section = waiting.pop(0)
            if section in seen:
                continue
            seen.add(section)
            lines += _section_lines(section, top=section is kind)
            waiting += [s for field in section.model_fields.values() for s in _sections(field)]
    return "\n".join(lines)


def _section_lines(section: type[Section], top: bool) -> list[str]:
    text = " ".join((section.__doc__ or "").split())
    lines = [] if top else [f"### {section.__name__}", "", text, ""]
    lines += ["| key | type | default | meaning |", "|---|---|---|---|"]
    for name, field in section.model_fields.items():
        if field.is_required():
            default = "required"
        elif field.default is PydanticUndefined:
            default = f"`{json.dumps(field.default_factory(), default=str)}`"
            default = "empty" if default in ("`{}`", "`[]`") else default
            default = "see below" if len(default) > 60 else default
        else:
            default = {None: "none", "": "empty"}.get(field.default, f"`{field.default}`")
        meaning = field.description or " ".join((_kind_doc(field) or "").split())
        lines.append(f"| `{name}` | {_type_text(_type_of(field))} | {default} | {meaning} |")
    return [*lines, ""]


def _kind_doc(field) -> str | None:
    return "Name of this kind." if get_origin(field.annotation) is Literal else None


def _sections(field) -> Iterator[type[Section]]:
    """Yield the sections that occur in the type of a field."""
    waiting = [_type_of(field)]
    while waiting:
        kind = waiting.pop()
        if kinds := _kinds_of(kind):
            yield from map(kinds.declared_by, kinds.names)
            continue
        if isinstance(kind, type) and issubclass(kind, Section):
            yield kind
        waiting += [k for k in get_args(kind) if isinstance(k, type) or get_origin(k)]


def _type_of(field: FieldInfo) -> object:
    """Return the type of a field as it is declared; pydantic takes an outer Annotated off."""
    marks = [mark for mark in field.metadata if isinstance(mark, Kinds)]
    return Annotated[field.annotation, *marks] if marks else field.annotation


def _kinds_of(kind: object) -> Kinds | None:
    marks = get_args(kind)[1:] if get_origin(kind) is Annotated else ()
    return next((mark for mark in marks if isinstance(mark, Kinds)), None)


def _type_text(kind: object) -> str:
    """Return a type in words."""
    origin, args = get_origin(kind), get_args(kind)
    if kinds := _kinds_of(kind):
        return " or ".join(_type_text(kinds.declared_by(name)) for name in kinds.names)
    if origin is Annotated:
        return _type_text(args[0])
    if origin is Literal:
        return " or ".join(f"`{arg}`" for arg in args)
    if origin in (Union, UnionType):
        return " or ".join(_type_text(arg) for arg in args if arg is not type(None))
    if origin is dict:
        return f"names to {_type_text(args[1])}"
    if origin in (list, tuple):
        return f"list of {_type_text(args[0])}"
    if isinstance(kind, type) and issubclass(kind, Section):
        return f"[{kind.__name__}](#{kind.__name__.lower()})"
    names = {str: "text", int: "whole number", float: "number", bool: "true or false", dict: "keys"}
    return names.get(kind, str(kind))


def estimators_page() -> str:
    """Return the page of what each estimator takes, and of what it can be asked for."""
    lines = ["# Estimators", "", GENERATED, ""]
    lines += ["What they compute, with sources: [estimators](../explanation/estimators.md).", ""]
    lines += ["| estimator | estimate | `covariance` | further options |", "|---|---|---|---|"]
    for name, estimator in estimators().items():
        text = " ".join((estimator.__doc__ or "").split())
        options = ", ".join(
            f"`{key}`{' (required)' if estimator.model_fields[key].is_required() else ''}"
            for key in _options(estimator)
        )
        covariances = _code(estimator.covariances()) or "its own"
        lines.append(f"| `{name}` | {text} | {covariances} | {options or 'none'} |")
    lines += ["", "Every estimator takes `label` and `outcomes`.", ""]
    lines += ["## Uses", ""]
    lines += ["Where a use depends on the covariance, the table names those that it takes.", ""]
    lines += ["| estimator | `subgroups` | `homogeneity` | `westfall_young` | appraised impacts |"]
    lines += ["|---|---|---|---|---|"]
    for name, estimator in estimators().items():
        cells = ["yes" if able else "no" for able in (estimator.by_subgroup, estimator.by_site)]
        cells += [
            _code(able) or "no" for able in (estimator.redrawn_with, estimator.influence_with)
        ]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    lines += ["", "## Options that are refused", ""]
    lines += [
        f"- `{name}` takes no `{option}`: {reason}."
        for name, estimator in estimators().items()
        for option, reason in estimator.refused.items()
    ]
    return "\n".join([*lines, ""])


def _options(estimator: type[Model]) -> list[str]:
    """Return the options of an estimator that not all have."""
    return [key for key in estimator.model_fields if key not in {*Model.model_fields, "covariance"}]


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def codebook_page(trials: Path) -> str:
    """Return the page of all tables and columns of all trials."""
    lines = ["# Codebook of the extracts", "", GENERATED, ""]
    for folder in sorted(path for path in trials.iterdir() if path.is_dir()):
        declared = read_section(folder / "extracts.yaml", Extracts)
        lines += [f"## {folder.name}", ""]
        for name, table in declared.tables.items():
            lines += [f"### {folder.name}: {name}", "", table.description, ""]
            lines += [f"Key: {', '.join(f'`{key}`' for key in table.key)}.", ""]
            lines += ["| column | type | meaning | rules | sensitivity |", "|---|---|---|---|---|"]
            lines += [
                f"| `{n}` | {c.type}{f', {c.unit}' if c.unit else ''} | {c.description} "
                f"| {_rules_text(c)} | {c.sensitivity} |"
                for n, c in table.columns.items()
            ]
            lines.append("")
            for n, c in table.columns.items():
                if c.codes:
                    codes = "; ".join(f"`{code}` {text}" for code, text in c.codes.items())
                    lines += [f"`{n}`: {codes}.", ""]
    return "\n".join(lines)


def _rules_text(column) -> str:
    rules = ["may be missing" if column.nullable else "never missing"]
    rules += ["unique"] if column.unique else []
    for word, bound in (("from", column.minimum), ("to", column.maximum)):
        if bound is not None:
            rules.append(f"{word} {bound if isinstance(bound, str) else f'{bound:g}'}")
    rules += [f"not before `{column.not_before}`"] if column.not_before else []
    rules += [f"occurs in `{column.references}`"] if column.references else []
    return ", ".join(rules)
