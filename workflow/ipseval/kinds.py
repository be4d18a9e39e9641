"""Kinds: many of a thing, each in a module of its own that nobody else lists.

A kind is a module of a folder, named like the kind, with one class that declares it (a Section
whose field `kind`, or `estimator`, can only be that name) and does its work. A declaration is
parsed by the module that it names, so a job imports, and its hash covers, the kinds that it uses.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, SerializationInfo
from pydantic_core import PydanticCustomError, core_schema

from .config.base import Section, suggest

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue

PACKAGE = Path(__file__).parent


@dataclass(frozen=True)
class Kinds:
    """The kinds of one folder of the package, as the type of a field: Annotated[Base, Kinds(...)].

    package: dotted name below ipseval, such as "report.exhibits". tag: the field of a declaration
    that names its kind.
    """

    package: str
    tag: str = "kind"

    @property
    def names(self) -> list[str]:
        """Kinds that there are, sorted."""
        return list(_names(self.package))

    def module(self, kind: str) -> str:
        """Return the module of a kind, by its dotted name."""
        return f"{__package__}.{self.package}.{kind}"

    def declared_by(self, kind: str) -> type[Section]:
        """Return the class that declares a kind; raises KeyError for one that there is not."""
        return _class_of(self.package, kind, self.tag)

    def parse(self, given: object) -> Section:
        """Return a declaration, parsed by its kind."""
        if isinstance(given, Section):
            return given
        if not isinstance(given, dict):
            raise PydanticCustomError("no_mapping", "expected keys and values")
        kind = given.get(self.tag)
        if kind is None:
            raise PydanticCustomError("no_kind", "needs a `{tag}`", {"tag": self.tag})
        if kind not in self.names:
            hint = suggest(str(kind), self.names)
            raise PydanticCustomError(
                "unknown_kind",
                "unknown {tag} '{kind}'{hint}",
                {"tag": self.tag, "kind": kind, "hint": hint},
            )
        # What a kind refuses keeps its place: pydantic puts the keys above before it.
        return self.declared_by(kind).model_validate(given)

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.parse,
            serialization=core_schema.plain_serializer_function_ser_schema(
                _plain, info_arg=True, return_schema=core_schema.any_schema()
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        choices = {}
        for kind in self.names:
            declared = self.declared_by(kind)
            declared.model_rebuild()  # Schemas are built when they are first used.
            choices[kind] = declared.__pydantic_core_schema__
        return handler(core_schema.tagged_union_schema(choices, self.tag))


class KindsByEnding(Kinds):
    """Kinds of files: where a declaration does not name its kind, the ending of its `path` does.

    A kind says which endings are its own in a tuple ENDINGS beside its class.
    """

    def parse(self, given: object) -> Section:
        """Return a declaration, parsed by the kind that it names or that its path ends with."""
        if isinstance(given, dict) and self.tag not in given and isinstance(given.get("path"), str):
            given = {**given, self.tag: self._by_ending(given["path"])}
        return super().parse(given)

    def _by_ending(self, path: str) -> str:
        endings = self.endings
        for ending in sorted(endings, key=len, reverse=True):
            if path.lower().endswith(ending):
                return endings[ending]
        raise PydanticCustomError(
            "unknown_ending",
            "unknown kind of file; known endings: {known}; for another ending say {tag}: csv, or "
            "what it is",
            {"known": " ".join(sorted(endings)), "tag": self.tag},
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        # Several kinds have the keys of a declaration that does not name its own.
        return {"anyOf": super().__get_pydantic_json_schema__(schema, handler)["oneOf"]}

    @property
    def endings(self) -> dict[str, str]:
        """Ending -> kind."""
        modules = {kind: importlib.import_module(self.module(kind)) for kind in self.names}
        return {ending: kind for kind, module in modules.items() for ending in module.ENDINGS}


def _plain(declared: Section, info: SerializationInfo) -> dict[str, Any]:
    return declared.model_dump(mode=info.mode, by_alias=bool(info.by_alias))


@cache
def _names(package: str) -> tuple[str, ...]:
    folder = PACKAGE.joinpath(*package.split("."))
    return tuple(sorted(path.stem for path in folder.glob("[!_]*.py")))


@cache
def _class_of(package: str, kind: str, tag: str) -> type[Section]:
    if kind not in Kinds(package, tag).names:
        raise KeyError(f"no kind '{kind}' in {package}")
    module = importlib.import_module(f"{__package__}.{package}.{kind}")
    classes = [
        value
        for value in vars(module).values()
        # isinstance would ask a lazy library for its class, and so load it.
        if issubclass(type(value), type)
        and issubclass(value, Section)
        and tag in value.model_fields
        and get_args(value.model_fields[tag].annotation) == (kind,)
    ]
    if len(classes) != 1:
        raise TypeError(f"{module.__name__} needs one class with {tag}: Literal['{kind}']")
    return classes[0]


EXHIBITS = Kinds("report.exhibits")
DERIVATIONS = Kinds("outcomes.derivations")
ESTIMATORS = Kinds("impact.estimators", tag="estimator")
DISTRIBUTIONS = Kinds("economics.distributions")
CROSS_RULES = Kinds("extracts.rules")
FORMATS = KindsByEnding("extracts.formats", tag="format")
