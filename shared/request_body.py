"""What every service accepts: names that it knows, and no others, with the one that was probably meant."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError


def unknown_name(name: str, known: Collection[str]) -> PydanticCustomError:
    """Return the error of a name that is not known, naming the nearest known one when there is one."""
    name = name.encode(errors="replace").decode()  # JSON may hold half a surrogate pair, which no answer can
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    meant = f": did you mean `{near[0]}`?" if near else ""
    return PydanticCustomError("unknown_name", "`{name}` is not known here{meant}", {"name": name, "meant": meant})


def names(model: type[BaseModel]) -> set[str]:
    """Return the names under which a body of this kind may hold something."""
    return {*model.model_fields, *(field.alias for field in model.model_fields.values() if field.alias)}


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
        if unknown := [str(name) for name in sent if name not in known]:
            raise ValidationError.from_exception_data(
                cls.__name__,
                [InitErrorDetails(type=unknown_name(name, known), loc=(name,), input=None) for name in unknown],
            )
        return sent
