"""A YAML file read into a model. What is wrong is said with file, line, place and what is expected."""

from pathlib import Path as File
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from shared.document import Document, Fault, FaultyFile, Path, read_document
from shared.protocol.base import near_miss

M = TypeVar("M", bound=BaseModel)


def read_model(file: File, model: type[M]) -> tuple[M, Document]:
    """Read the model in a file, and its document, which knows the lines; raise FaultyFile."""
    document = read_document(file)
    try:
        return model.model_validate(document.data), document
    except ValidationError as invalid:
        raise FaultyFile(model_faults(file, document, invalid, (), model)) from invalid


def said(error: ErrorDetails) -> str:
    """Say a validation error as a plain clause."""
    return error["msg"].removeprefix("Value error, ").replace("Input should be", "expected")


def model_faults(
    file: File, document: Document, invalid: ValidationError, under: Path, model: type[BaseModel]
) -> list[Fault]:
    """Say what is wrong in one part of a document, each with its line; a misspelt key names its near miss."""
    found = []
    for error in invalid.errors(include_url=False):
        path = (*under, *error["loc"])
        sentence = said(error)
        if error["type"] in ("extra_forbidden", "unknown_name"):
            sentence = f"is not known here{near_miss(str(path[-1]), _keys(model, error['loc'][:-1]))}"
        elif error["type"] == "missing":
            sentence = "is missing"
        elif error["type"] == "string_type" and isinstance(error["input"], int | float):
            sentence = f"expected text: put {error['input']!r} in quotes"
        elif isinstance(error["input"], str | int | float):
            sentence += f" ({error['input']!r} was given)"
        found.append(document.fault(file, path, sentence))
    return found


def _keys(model: type[BaseModel], loc: Path) -> set[str]:
    """Return the keys that the model knows at a place in it; keys of a mapping and places of a list lead no further."""
    models = {model}
    for name in loc:
        fields = [each.model_fields[name] for each in models if isinstance(name, str) and name in each.model_fields]
        models = {part for field in fields for part in _models_in(field.annotation)} or models
    return {field.alias or name for each in models for name, field in each.model_fields.items()}


def _models_in(annotation: Any) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return {model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)}
