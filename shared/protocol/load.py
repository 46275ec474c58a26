"""A protocol from its file. Whatever is wrong is said with file, line, path in the document, and what is expected."""

import re
from collections.abc import Iterator
from pathlib import Path as File
from reprlib import repr as shortened
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.document import Document, FaultyFile, Path, read_document
from shared.protocol.base import Part, near_miss, parts_in
from shared.protocol.model import Protocol

MOST_FAULTS = 100
"""A file with more is not a protocol with faults; naming them all would only take time."""


def load_protocol(file: File) -> Protocol:
    """The protocol in the file; raises FaultyFile."""
    document = read_document(file)
    try:
        return Protocol.model_validate(document.data)
    except ValidationError as invalid:
        faults = _faults(invalid.errors(include_url=False)[:MOST_FAULTS], document)
        raise FaultyFile(document.fault(file, path, sentence) for path, sentence in faults) from invalid


def _faults(errors: list[ErrorDetails], document: Document) -> Iterator[tuple[Path, str]]:
    """One fault per place: a misspelt key hides the complaint that the right one is missing."""
    said: set[Path] = set()
    misspelt = {path for error in errors if error["type"] == "extra_forbidden" for path in _meant(error, document)}
    for error in errors:
        path = _place(error, document)
        for at, sentence in _sentences(error, path):
            if at not in said and not (error["type"] == "missing" and at in misspelt):
                said.add(at) if error["type"] != "protocol" else None
                yield at, sentence


def _place(error: ErrorDetails, document: Document) -> Path:
    """The error's path in the document: pydantic's location without the tags of its unions."""
    here: Any = document.data
    path: Path = ()
    for name in error["loc"]:
        within = isinstance(here, dict) and name in here
        within = within or (isinstance(here, list) and isinstance(name, int) and name < len(here))
        if within:
            here, path = here[name], (*path, name)
    return (*path, error["loc"][-1]) if error["type"] == "missing" else path


def _sentences(error: ErrorDetails, path: Path) -> Iterator[tuple[Path, str]]:
    match error["type"]:
        case "protocol":
            for problem in error["ctx"]["problems"]:
                yield problem.path, problem.sentence
        case "missing":
            yield path, "is missing"
        case "extra_forbidden":
            yield path, f"the key {path[-1]!r} is not known here{near_miss(str(path[-1]), _keys_at(error['loc'][:-1]))}"
        case "enum" | "literal_error":
            expected = re.findall(r"'([^']+)'", str(error["ctx"]["expected"]))
            hint = near_miss(str(error["input"])[:100], expected)
            yield path, f"{shortened(error['input'])} is not one of {', '.join(expected)}{hint}"
        case "too_long":
            yield path, f"has more than {error['ctx']['max_length']} entries, which no protocol needs"
        case "string_pattern_mismatch":
            yield path, f"{shortened(error['input'])} does not have the form {error['ctx']['pattern']}"
        case _:
            yield path, error["msg"].removeprefix("Value error, ").replace("Input should be", "expected")


def _meant(error: ErrorDetails, document: Document) -> Iterator[Path]:
    """The path a misspelt key was probably meant for."""
    path = _place(error, document)
    if hint := re.search(r"mean '(.+)'", near_miss(str(path[-1]), _keys_at(error["loc"][:-1]))):
        yield (*path[:-1], hint[1])


def _keys_at(loc: tuple[str | int, ...]) -> set[str]:
    """The keys the model knows at a location."""
    models: set[type[Part]] = {Protocol}
    for name in loc:
        if isinstance(name, str) and not name.startswith("~"):
            fields = [
                field for model in models for key, field in model.model_fields.items() if name in (key, field.alias)
            ]
            models = {part for field in fields for part in parts_in(field.annotation)}
    return {field.alias or key for model in models for key, field in model.model_fields.items()}
