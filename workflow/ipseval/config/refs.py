"""References: a field says what its text names, and one walker checks, collects and looks up.

    family: Annotated[str, Ref("families")]
    outcomes: list[Annotated[str, Ref("family_outcomes")]]
    formats: dict[Annotated[str, Ref("derived")], Format]

SCOPES says, for each target, which names there are where a section stands. What a name alone
cannot say (two keys that go together) is a generator method `problems(self, place)` of the section,
which yields a sentence, or a pair of the key that it is about and a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, Union, get_args, get_origin

from ..kinds import Kinds
from .base import Section

if TYPE_CHECKING:
    from .declared import TrialConfig

Names = Iterable[object]


@dataclass(frozen=True)
class Ref:
    """Says that a text is a name which another declaration gives; target: a key of SCOPES.

    identifier: whether it may name a column of the extracts that is declared an identifier, because
    it is a key or a field for linkage and no value of it reaches a result.
    """

    target: str
    identifier: bool = False


@dataclass(frozen=True)
class Place:
    """Where a section stands.

    config: all declarations of the trial. root: folder of the project. file: its section of
    TRIAL_FILES. path: keys that lead there. sections: those around it, outermost first.
    """

    config: TrialConfig
    root: Path
    file: str
    path: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()

    @property
    def where(self) -> str:
        """The keys, joined as refusals show them."""
        return ".".join(self.path)

    def inside(self, *keys: str, section: Section | None = None) -> Place:
        """Return the place some keys further in."""
        sections = (*self.sections, section) if section is not None else self.sections
        return Place(self.config, self.root, self.file, (*self.path, *keys), sections)

    def named(self, field: str) -> Any:
        """Return the value of a field of the innermost section here that has it, else None."""
        for section in reversed(self.sections):
            if field in type(section).model_fields:
                return getattr(section, field)
        return None

    def named_around(self, field: str) -> Any:
        """Return the value of a field of a section around the innermost one, else None."""
        return replace(self, sections=self.sections[:-1]).named(field)

    def within(self, kind: type[Section]) -> Any:
        """Return the innermost section here of a class, else None."""
        return next((s for s in reversed(self.sections) if isinstance(s, kind)), None)


# Reference, name, the keys that lead to it, and the sections around it.
Marked = tuple[Ref, str, tuple[str, ...], tuple[Section, ...]]


@dataclass(frozen=True)
class Reference:
    """A name that stands somewhere."""

    place: Place
    target: str
    name: str
    may_be_identifier: bool = False

    @property
    def is_leak(self) -> bool:
        """Whether it lets an identifier reach a result: a column is one, and it may name none."""
        if self.may_be_identifier:
            return False
        known = SCOPES[self.target](self.place)
        column = known.get(self.name) if isinstance(known, Mapping) else None
        return getattr(column, "sensitivity", None) == "identifier"

    @property
    def known(self) -> tuple[str, ...] | None:
        """The names there are, None where nobody can tell."""
        names = SCOPES[self.target](self.place)
        return None if names is None else tuple(str(name) for name in names)

    @property
    def is_known(self) -> bool:
        """Whether the name is declared, as far as that can be told."""
        known = self.known
        return known is None or self.name in known


def identifier_refused(column: str) -> str:
    """Return why an identifier may not stand where its values would reach a result."""
    return (
        f"'{column}' is an identifier: people are linked by it, and it may not reach a result; "
        "name another column, or correct its sensitivity in extracts.yaml"
    )


# Target -> the names there are at a place; None where what they would be looked up in is itself
# not declared, which is another mistake with a message of its own.
Scope = Callable[[Place], Names | None]
SCOPES: dict[str, Scope] = {}
DeclaredScope = TypeVar("DeclaredScope", bound=Scope)


def scope(target: str) -> Callable[[DeclaredScope], DeclaredScope]:
    """Register the function as the scope of a target."""

    def register(function: DeclaredScope) -> DeclaredScope:
        SCOPES[target] = function
        return function

    return register


def references(section: Section, place: Place) -> Iterator[Reference]:
    """Yield every reference in a section and in those inside it."""
    for mark, name, keys, sections in _marked(section):
        where = replace(place, path=(*place.path, *keys), sections=(*place.sections, *sections))
        yield Reference(where, mark.target, name, mark.identifier)


def names_in(section: Section, *targets: str) -> list[str]:
    """Return the names that a section, and those inside it, give for some targets, each once.

    What is read, or made from what, follows from it. Whether the names are known is not asked,
    so the rest of the configuration need not be there.
    """
    return list(
        dict.fromkeys(name for mark, name, *_ in _marked(section) if mark.target in targets)
    )


def all_names_in(section: Section) -> list[str]:
    """Return every name in a section, whatever it names."""
    return list(dict.fromkeys(name for _, name, *_ in _marked(section)))


def problems(section: Section, place: Place) -> Iterator[tuple[Place, str]]:
    """Yield what a section, and those inside it, find wrong with what they name together."""
    here = place.inside(section=section)
    checks = getattr(section, "problems", None)
    if checks is not None:
        for problem in checks(here):
            key, text = problem if isinstance(problem, tuple) else ("", problem)
            yield (here.inside(*key.split(".")) if key else here), text
    for name in type(section).model_fields:
        yield from _inside(getattr(section, name), here.inside(name))


def _inside(value: object, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, Section):
        yield from problems(value, place)
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _inside(part, place.inside(str(key)))
    elif isinstance(value, list | tuple):
        for i, part in enumerate(value):
            yield from _inside(part, place.inside(str(i)))


def _marked(
    section: Section, keys: tuple[str, ...] = (), around: tuple[Section, ...] = ()
) -> Iterator[Marked]:
    """Yield the references in a section, and where they stand in it."""
    around = (*around, section)
    for name, annotation, metadata in _fields(type(section)):
        yield from _of_value(getattr(section, name), annotation, metadata, (*keys, name), around)


def _of_value(
    value: Any,
    annotation: Any,
    metadata: tuple[object, ...],
    keys: tuple[str, ...],
    around: tuple[Section, ...],
) -> Iterator[Marked]:
    """Yield the references in a value of a type."""
    if value is None:
        return
    if get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        metadata = (*metadata, *more)
    if isinstance(value, Section):
        yield from _marked(value, keys, around)
    elif isinstance(value, dict):
        names, values = get_args(annotation) or (Any, Any)
        for key, part in value.items():
            yield from _of_value(key, names, (), keys, around)
            yield from _of_value(part, values, (), (*keys, str(key)), around)
    elif isinstance(value, list | tuple):
        kinds = get_args(annotation)
        for i, part in enumerate(value):
            kind = kinds[min(i, len(kinds) - 1)] if kinds else Any
            kind = kinds[0] if kind is Ellipsis else kind
            yield from _of_value(part, kind, (), (*keys, str(i)), around)
    else:
        if get_origin(annotation) in (Union, UnionType):
            for kind in get_args(annotation):
                if get_origin(kind) is Annotated and _fits(value, kind):
                    metadata = (*metadata, *get_args(kind)[1:])
                    break
        for mark in metadata:
            if isinstance(mark, Ref):
                yield mark, str(value), keys, around


def _fits(value: object, kind: Any) -> bool:
    plain = get_args(kind)[0]
    return not isinstance(plain, type) or isinstance(value, plain)


@cache
def _fields(section: type[Section]) -> tuple[tuple[str, Any, tuple[object, ...]], ...]:
    """Return (name, type, references) of the fields that may hold a reference or a section."""
    return tuple(
        (name, spec.annotation, tuple(m for m in spec.metadata if isinstance(m, Ref)))
        for name, spec in section.model_fields.items()
        if _may_refer(spec.annotation, tuple(spec.metadata))
    )


def _may_refer(annotation: Any, metadata: tuple[object, ...] = ()) -> bool:
    if any(isinstance(mark, Ref | Kinds) for mark in metadata):
        return True
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return True
    parts = get_args(annotation)
    return any(isinstance(part, Ref | Kinds) or _may_refer(part) for part in parts)
