"""The parts every section of a protocol is made of: frozen records, and values that carry their source."""

import re
from collections.abc import Iterable, Iterator
from datetime import time
from difflib import get_close_matches
from typing import Annotated, Any, Generic, Self, TypeVar, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from shared.document import Path

T = TypeVar("T")

CONVENTION = "conv"
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")


class Part(BaseModel):
    """A piece of a protocol: immutable, hashable, and closed to keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _written_as_clock(value: object) -> object:
    if isinstance(value, time) or (isinstance(value, str) and _CLOCK.fullmatch(value)):
        return value
    raise ValueError('a time of day is written "HH:MM", such as "09:00"; the zone is the site\'s')


WallClock = Annotated[
    time,
    BeforeValidator(_written_as_clock),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^{_CLOCK.pattern}$",
            "description": 'a time of day in the site\'s zone, such as "09:00"',
        }
    ),
]
"""A time of day on the wall, without zone."""


Count = Annotated[int, Field(ge=1, le=100_000)]
"""How many, or how often: one or more."""

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
"""A plain identifier, such as `week5` or `cardiac_disease`."""

SessionKey = Annotated[str, StringConstraints(pattern=r"^(preparation|dose|circle):[1-9]\d?$")]
"""A session's key: its kind and its number within that kind, such as `dose:1`."""

Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=600)]


def added(*, default: Any, **described: Any) -> Any:
    """Make an optional field that came after files were released: left at its default it is no part of a content hash.

    So an unchanged file keeps its hash. Therefore the default can never change (`./homeward check`).
    """
    return Field(default=default, exclude_if=lambda value: value == default, **described)


class Sourced(Part):
    """A clinical statement that says where it comes from.

    `source` names entries of the protocol's `sources`, each with an optional detail, separated by semicolons
    (`"S4 item 10; label"`). A convention without a publication is `conv` and must be flagged for the medical director.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["source"]},
                {
                    "required": ["needs_medical_director_signoff"],
                    "properties": {"needs_medical_director_signoff": {"const": True}},
                },
            ]
        }
    )

    source: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="where it comes from: ids of the protocol's sources, each with a detail, separated by semicolons",
    )
    needs_medical_director_signoff: bool = Field(
        default=False,
        description="whether the medical director has to sign it off, as a convention without a publication",
    )

    @model_validator(mode="after")
    def _has_a_source(self) -> Self:
        cited = [name for name in self.source_ids if name != CONVENTION]
        if not cited and not self.needs_medical_director_signoff:
            raise ValueError(
                "a clinical value needs a `source`, or `needs_medical_director_signoff: true` when it is a convention"
            )
        if CONVENTION in self.source_ids and not self.needs_medical_director_signoff:
            raise ValueError("a value whose source is `conv` needs `needs_medical_director_signoff: true`")
        return self

    @property
    def source_ids(self) -> tuple[str, ...]:
        """The ids named in `source`, without their details."""
        return tuple(entry.split()[0] for entry in (self.source or "").split(";") if entry.strip())


class Criterion(Sourced):
    """One line of a checklist that a named person confirms."""

    id: Key = Field(description="the line's id")
    says: Sentence = Field(description="what is confirmed")


class Cited(Sourced, Generic[T]):
    """One clinical value with its source: read it as `.value`."""

    value: T = Field(description="the value")


class Source(Part):
    """A publication, label or convention that clinical values refer to by `id`."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]*$")] = Field(
        description="the name by which values refer to it"
    )
    reference: Sentence = Field(description="what it is: authors, year and title, or the document's name")
    read: bool = Field(
        default=True, description="whether it was read again for this protocol; false when it is only well known"
    )


def near_miss(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` when something close is known, else nothing."""
    near = get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def parts_in(annotation: Any) -> Iterator[type[Part]]:
    """Yield every kind of part that a field of this type may hold."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for argument in get_args(annotation):
        yield from parts_in(argument)


def walk(part: Any, path: Path = ()) -> Iterator[tuple[Path, Part]]:
    """Every part below `part`, itself included, with its path in the document."""
    if isinstance(part, Part):
        yield path, part
        for name, field in type(part).model_fields.items():
            yield from walk(getattr(part, name), (*path, field.alias or name))
    elif isinstance(part, tuple):
        for index, item in enumerate(part):
            yield from walk(item, (*path, index))
