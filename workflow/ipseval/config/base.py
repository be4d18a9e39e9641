"""What every section of the configuration shares: unknown keys are refused with a suggestion."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any, Self, TypeVar, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


def suggest(name: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for the nearest of the known names, else the list of them."""
    known = [str(k) for k in known]
    near = get_close_matches(str(name), known, n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else f"; known: {', '.join(sorted(known))}"


def _is_a_name(text: str) -> str:
    if not re.fullmatch(r"\w[\w.-]*", text) or len(text) > 100:
        raise ValueError(
            f"'{text}' is not a valid name; a name becomes part of names of files and columns, so "
            "it has "
            "letters, digits, '_', '-' and '.', begins with a letter, a digit or '_', and is at "
            "most 100 long"
        )
    return text


def _is_a_day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"'{text}' is not a date (YYYY-MM-DD)") from None
    return text


# What a declaration is called: other declarations, files and columns of results name it.
Name = Annotated[str, AfterValidator(_is_a_name)]
Day = Annotated[str, AfterValidator(_is_a_day)]
# A century each way: beyond, a number of months is a slip.
Months = Annotated[int, Field(ge=-1200, le=1200)]
Decimals = Annotated[int, Field(ge=0, le=6)]
# A share that is neither none nor all.
Fraction = Annotated[float, Field(gt=0, lt=1)]


class Section(BaseModel):
    """A section of a YAML file; a key that is not declared is an error, never ignored.

    Nor is yes or no taken for a number, or a list that names a thing twice for one that names it
    once.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        allow_inf_nan=False,
        # Built for the first thing to be validated: a start that finds all checked builds nothing.
        defer_build=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _name_unknown_keys(cls, data: Any) -> Any:
        if isinstance(data, dict):
            known = {field.alias or name for name, field in cls.model_fields.items()}
            for key in data:
                if key not in known and key not in cls.model_fields:
                    raise ValueError(f"unknown key '{key}'{suggest(key, known)}")
            for name, annotation in _numeric_fields(cls):
                if name in data and _holds_a_boolean(data[name], annotation):
                    raise ValueError(f"`{name}`: yes and no (true and false) are no numbers")
        return data

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        for name, annotation, metadata in _list_fields(type(self)):
            if _is_printed(annotation, metadata):
                continue
            for listed in _lists_in(getattr(self, name)):
                for i, part in enumerate(listed):
                    if part in listed[:i]:
                        raise ValueError(f"`{name}` lists '{part}' twice")
        return self


SectionKind = TypeVar("SectionKind", bound=Section)


class _ForReaders:
    """Marks a text that only people read: a label, a title, a description, a note."""


# No result but what prints the text depends on it; `facts` leaves it out.
Printed = Annotated[str, _ForReaders()]


def facts(section: Section) -> dict[str, Any]:
    """Return a section as plain data with every text that only people read left empty.

    It is what a job that prints no such text depends on, and the section can be read from it.
    """
    return with_texts(section, lambda _: "").model_dump(mode="json")


def with_texts(section: SectionKind, change: Callable[[str], str]) -> SectionKind:
    """Return a section with every text that only people read changed."""
    changed = {
        name: _with_texts(getattr(section, name), annotation, metadata, change)
        for name, annotation, metadata in _fields_with_texts(type(section))
    }
    return section.model_copy(update=changed)


def _with_texts(
    value: Any, annotation: Any, metadata: tuple[object, ...], change: Callable[[str], str]
) -> Any:
    if get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        metadata = (*metadata, *more)
    if isinstance(value, Section):
        return with_texts(value, change)
    if isinstance(value, str):
        return change(value) if _is_printed(annotation, metadata) else value
    if isinstance(value, dict):
        kind = _argument(annotation, dict, 1)
        return {key: _with_texts(part, kind, (), change) for key, part in value.items()}
    if isinstance(value, list | tuple):
        kind = _argument(annotation, (list, tuple), 0)
        return type(value)(_with_texts(part, kind, (), change) for part in value)
    return value


def _is_printed(annotation: Any, metadata: tuple[object, ...]) -> bool:
    marks = [*metadata, *(m for kind in get_args(annotation) for m in get_args(kind)[1:])]
    return any(isinstance(mark, _ForReaders) for mark in marks)


def _argument(annotation: Any, origins: Any, position: int) -> Any:
    """Return an argument of a container type, also where it stands in a union."""
    origins = origins if isinstance(origins, tuple) else (origins,)
    for kind in (annotation, *get_args(annotation)):
        if get_origin(kind) in origins:
            return get_args(kind)[position]
    return Any


def _lists_in(value: Any) -> Iterator[list[Any]]:
    """Yield the lists of names in a list, or in one of lists."""
    if isinstance(value, list):
        if value and all(isinstance(part, str) for part in value):
            yield value
        for part in value:
            yield from _lists_in(part)


@cache
def _list_fields(section: type[Section]) -> tuple[tuple[str, Any, tuple[object, ...]], ...]:
    return tuple(
        (name, spec.annotation, tuple(spec.metadata))
        for name, spec in section.model_fields.items()
        if "list[" in str(spec.annotation)
    )


@cache
def _numeric_fields(section: type[Section]) -> tuple[tuple[str, Any], ...]:
    return tuple(
        (name, spec.annotation)
        for name, spec in section.model_fields.items()
        if _leaves(spec.annotation) & {int, float}
    )


def _leaves(annotation: Any) -> set[Any]:
    """Return the plain types that values of a type have, however deep."""
    if get_origin(annotation) is Annotated:
        return _leaves(get_args(annotation)[0])
    parts = get_args(annotation)
    return set().union(*map(_leaves, parts)) if parts else {annotation}


def _holds_a_boolean(value: Any, annotation: Any) -> bool:
    if isinstance(value, bool):
        return bool not in _leaves(annotation)
    if isinstance(value, dict):
        kind = _argument(annotation, dict, 1)
        return any(_holds_a_boolean(part, kind) for part in value.values())
    if isinstance(value, list):
        return any(_holds_a_boolean(part, annotation) for part in value)
    return False


@cache
def _fields_with_texts(section: type[Section]) -> tuple[tuple[str, Any, tuple[object, ...]], ...]:
    plain = (str, int, float, bool)
    return tuple(
        (name, spec.annotation, tuple(spec.metadata))
        for name, spec in section.model_fields.items()
        if spec.annotation not in plain or _is_printed(spec.annotation, tuple(spec.metadata))
    )


def build_validators() -> None:
    """Build the validators of all sections that are imported, for processes forked from this."""
    waiting: list[type[BaseModel]] = [Section]
    while waiting:
        section = waiting.pop()
        section.model_rebuild()
        waiting += section.__subclasses__()
