"""What every service accepts: names that it knows, and no others, with the one that was probably meant."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

MOST_COMPARED = 20
"""Unknown names for which a near one is looked for: comparing takes time, and nobody reads more."""


def unknown_names(sent: Iterable[str], known: Collection[str]) -> dict[str, PydanticCustomError]:
    """Return the error of each name that is not known. It tells the nearest known name, or all, never what was sent."""
    unknown = [name for name in dict.fromkeys(sent) if name not in known]
    compared = {name: _unknown(name, known) for name in unknown[:MOST_COMPARED]}
    return compared | dict.fromkeys(unknown[MOST_COMPARED:], PydanticCustomError("unknown_name", "not known here"))


def _unknown(name: str, known: Collection[str]) -> PydanticCustomError:
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    meant = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(sorted(known)) or 'none'}"
    return PydanticCustomError("unknown_name", "a name is not known here: {meant}", {"meant": meant})


def names(model: type[BaseModel]) -> set[str]:
    """Return the names under which a body of this kind may hold something."""
    return {*model.model_fields, *(field.alias for field in model.model_fields.values() if field.alias)}


@cache
def names_within(kind: Any) -> frozenset[str]:
    """Return the names that a body of this kind, or anything in it, declares."""
    inner = [field.annotation for field in kind.model_fields.values()] if _is_model(kind) else get_args(kind)
    return frozenset(names(kind) if _is_model(kind) else ()).union(*map(names_within, inner))


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


class RequestBody(BaseModel):
    """The base of every request: an optional field that is misspelt must never count as left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_names(cls, sent: Any) -> Any:
        """Refuse unknown names before pydantic does, which would not say what was probably meant."""
        if not isinstance(sent, Mapping):
            return sent
        known = names(cls)
        if unknown := unknown_names(map(str, sent), known):
            raise ValidationError.from_exception_data(
                cls.__name__,
                [InitErrorDetails(type=error, loc=(name,), input=None) for name, error in unknown.items()],
            )
        return sent
