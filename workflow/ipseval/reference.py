"""Reference pages and JSON schemas, generated from the declarations so that they cannot drift."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from .config.base import Section
from .config.declared import TRIAL_FILES
from .config.disclosure import FILE as DISCLOSURE_FILE
from .config.disclosure import Disclosure
from .config.extracts import Column, Extracts
from .config.models import Model, estimators
from .config.paye import FILE as PAYE_FILE
from .config.paye import Paye
from .config.placeholders import FILE as PLACEHOLDERS_FILE
from .config.placeholders import Placeholders
from .config.read import read_section
from .config.run import Main, Run
from .files import write_text
from .kinds import DERIVATIONS, DISTRIBUTIONS, ESTIMATORS, EXHIBITS, Kinds

FILES: dict[str, type[Section]] = {
    "config/config.yaml": Main,
    "config/runs/<run>.yaml": Run,
    **{f"config/trials/<trial>/{stem}.yaml": kind for stem, kind in TRIAL_FILES.items()},
    f"config/{DISCLOSURE_FILE}": Disclosure,
    PAYE_FILE: Paye,
    PLACEHOLDERS_FILE: Placeholders,
}
KINDS = (EXHIBITS, DERIVATIONS, ESTIMATORS, DISTRIBUTIONS)
EDITORS = (
    "Editors with a YAML language server complete and check these keys where the first line of a "
    "file names its schema in workflow/schemas, as every file of the project does."
)
# A section in the type of a field, and the kinds of it where it is declared by kind.
Part = tuple[type[Section], Kinds | None]
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
        schema = kind.model_json_schema(by_alias=True)
        schemas = {stem: schema}
        if stem in TRIAL_FILES:
            schemas[f"{stem}.part"] = _part_schema(stem, schema)
        for of, content in schemas.items():
            text = json.dumps(content, indent=2, ensure_ascii=False)
            files[root / "workflow" / "schemas" / f"{of}.schema.json"] = text + "\n"
    return files


def _part_schema(stem: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a file of a folder: any keys of the section, and no others."""
    keys = {key: {"$ref": f"{stem}.schema.json#/properties/{key}"} for key in schema["properties"]}
    return {
        "title": f"{schema['title']}, one file of several",
        "type": "object",
        "properties": keys,
        "additionalProperties": False,
    }


def write_reference(root: Path) -> list[Path]:
    """Write every generated file; returns the paths."""
    files = reference_files(root)
    for path, text in files.items():
        write_text(path, text)
    return list(files)


def configuration_page() -> str:
    """Return the page of all keys of all configuration files."""
    lines = ["# Configuration", "", GENERATED, "", "A key that is not listed here is refused.", ""]
    lines += [EDITORS, ""]
    for name, kind in FILES.items():
        lines += [f"## {name}", ""]
        # Of each section once, and of the kinds of a folder once, in the order they are met.
        seen: set[type[Section] | Kinds] = set()
        waiting: list[Part] = [(kind, None)]
        while waiting:
            section, kinds = waiting.pop(0)
            if section not in seen:
                seen.add(section)
                lines += _section_lines(section, top=section is kind)
                waiting += _parts(section)
            if kinds is not None and kinds not in seen:
                seen.add(kinds)
                lines += _kinds_lines(section, kinds, waiting)
    return "\n".join(lines)


def _section_lines(section: type[Section], top: bool = False, level: int = 3) -> list[str]:
    heading = [] if top else ["#" * level + " " + _heading(section), "", _text(section), ""]
    return [*heading, *_key_lines(section, section.model_fields)]


def _kinds_lines(base: type[Section], kinds: Kinds, waiting: list[Part]) -> list[str]:
    """Return the lines of all kinds of a folder: one line each, then the keys of each.

    base: what they have in common, whose keys are not said again. What kinds share besides is
    added to those that wait.
    """
    declared = {name: kinds.declared_by(name) for name in kinds.names}
    lines = [f"{len(declared)} kinds, by their `{kinds.tag}`:", ""]
    lines += [f"| {kinds.tag} | what it is |", "|---|---|"]
    for name, section in declared.items():
        first = " ".join((section.__doc__ or "").split("\n\n")[0].split())
        lines.append(f"| [`{name}`](#{_anchor(section)}) | {first} |")
    lines.append("")
    listed: set[type[Section]] = set()
    for section in declared.values():
        mine = {
            name: field
            for name, field in section.model_fields.items()
            if name != kinds.tag and name not in base.model_fields
        }
        lines += [f"#### {_heading(section)}", "", _text(section), ""]
        lines += _key_lines(section, mine) if mine else ["No keys of its own.", ""]
        inside = _parts(section)
        while inside:
            part, more = inside.pop(0)
            if _kind_of(part) is None:
                waiting.append((part, more))
            elif part not in listed:
                listed.add(part)
                lines += _section_lines(part, level=5)
                inside += _parts(part)
    return lines


def _text(section: type[Section]) -> str:
    return " ".join((section.__doc__ or "").split())


def _kind_of(section: type[Section]) -> tuple[Kinds, str] | None:
    """Return the kind in whose module a section is declared, and the kinds it is one of."""
    kind = section.__module__.rpartition(".")[2]
    return next(((k, kind) for k in KINDS if k.module(kind) == section.__module__), None)


def _heading(section: type[Section]) -> str:
    """Return the name of a section; of one in the module of a kind, with the kind's."""
    match _kind_of(section):
        case None:
            return section.__name__
        case kinds, kind if section is kinds.declared_by(kind):
            return kind
        case _, kind:
            return f"{kind}: {section.__name__}"


def _anchor(section: type[Section]) -> str:
    return _heading(section).lower().replace(": ", "-")


def _key_lines(section: type[Section], fields: dict[str, FieldInfo]) -> list[str]:
    lines = ["| key | type | default | meaning |", "|---|---|---|---|"]
    for name, field in fields.items():
        meaning = field.description or _kind_doc(field) or ""
        kind = _type_text(field.annotation)
        lines.append(f"| `{name}` | {kind} | {_default_text(field)} | {meaning} |")
    return [*lines, ""]


def _default_text(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True, validated_data={})
    if default is None:
        return "none"
    if default in ("", [], {}):
        return "empty"
    if isinstance(default, Section):
        keys = default.model_dump(mode="json").items()
        return "`" + ", ".join(f"{key}: {_plain(value)}" for key, value in keys) + "`"
    text = _plain(default)
    return f"`{text}`" if len(text) <= 60 else "see below"


def _plain(value: object) -> str:
    return json.dumps(value, default=str) if isinstance(value, list | dict) else str(value)


def _kind_doc(field: FieldInfo) -> str | None:
    return "Name of this kind." if get_origin(field.annotation) is Literal else None


def _parts(section: type[Section]) -> list[Part]:
    """Return the sections that occur in the types of a section's fields, with kinds of them."""
    return [part for field in section.model_fields.values() for part in _parts_of(field)]


def _parts_of(field: FieldInfo) -> Iterator[Part]:
    waiting: list[tuple[object, tuple[object, ...]]] = [(field.annotation, tuple(field.metadata))]
    while waiting:
        kind, marks = waiting.pop()
        if get_origin(kind) is Annotated:
            plain, *more = get_args(kind)
            waiting.append((plain, (*marks, *more)))
        elif isinstance(kind, type) and issubclass(kind, Section):
            yield kind, next((mark for mark in marks if isinstance(mark, Kinds)), None)
        else:
            waiting += [(part, ()) for part in get_args(kind)]


def _type_text(kind: object) -> str:
    """Return a type in words."""
    origin, args = get_origin(kind), get_args(kind)
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
        return f"[{kind.__name__}](#{_anchor(kind)})"
    names = {str: "text", int: "whole number", float: "number", bool: "true or false", dict: "keys"}
    return names.get(kind, str(kind)) if isinstance(kind, type) else str(kind)


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
    lines += ["## Capabilities", ""]
    lines += [
        "models.yaml is checked against this table; where there is no, the reason follows.",
        "",
    ]
    heads = ["estimator", "outcomes", *CAPABILITIES.values(), "a trend over doses"]
    lines += [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name, estimator in estimators().items():
        able = [_capability(estimator, option) for option in CAPABILITIES]
        trend = "yes" if estimator.takes_dose else "no"
        lines.append(f"| `{name}` | {OUTCOMES[estimator.takes]} | {' | '.join(able)} | {trend} |")
    lines += [""]
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


# Option -> what an estimator is capable of that takes it.
CAPABILITIES = {
    "covariates": "covariates",
    "weight": "weights",
    "cluster": "clusters",
    "interaction": "an interaction",
    "other_arms": "all arms in one model",
}
OUTCOMES = {"number": "any number", "yes or no": "yes or no", "count": "counts"}


def _capability(estimator: type[Model], option: str) -> str:
    if option in estimator.model_fields:
        return "yes"
    reason = estimator.refused.get(option)
    return f"no: {reason}" if reason else "no"


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


def _rules_text(column: Column) -> str:
    rules = ["may be missing" if column.nullable else "never missing"]
    rules += ["unique"] if column.unique else []
    for word, bound in (("from", column.minimum), ("to", column.maximum)):
        if bound is not None:
            rules.append(f"{word} {bound if isinstance(bound, str) else f'{bound:g}'}")
    rules += [f"not before `{column.not_before}`"] if column.not_before else []
    rules += [f"occurs in `{column.references}`"] if column.references else []
    return ", ".join(rules)
