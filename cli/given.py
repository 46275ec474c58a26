"""Files that the command line is given: each that cannot be read or written is named in one sentence."""

import json
from pathlib import Path
from typing import Any

from embedded.errors import EmbeddedError


def text_of(file: Path) -> str:
    """Return what a file says; raises EmbeddedError when it cannot be read or is no text."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise EmbeddedError(f"{file} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise EmbeddedError(f"{file} is not UTF-8 text.") from None


def json_of(file: Path, made_by: str, *fields: str) -> dict[str, Any]:
    """Return the JSON object of a file that has these fields; raises EmbeddedError that says what makes such a file."""
    try:
        found = json.loads(text_of(file))
    except ValueError as error:
        raise EmbeddedError(f"{file} is no JSON ({error}): give what `{made_by}` wrote.") from None
    if not isinstance(found, dict) or not found.keys() >= set(fields):
        raise EmbeddedError(f"{file} does not say {', '.join(fields)}: give what `{made_by}` wrote.")
    return found
