"""A version of an event never means something else: its committed schema against what the code says now."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cli import CHECKOUT
from cli.docs.events import FOLDER, schemas

Schema = dict[str, Any]

WORDS = {"title", "description", "examples", "$schema", "$defs", "properties", "required", "enum", "const", "anyOf"}
"""What explains a schema, and what is compared in a way of its own."""


def broken(folder: Path = CHECKOUT / FOLDER) -> list[str]:
    """Say which released event says something else now, and what to do."""
    now = {Path(path).name: json.loads(text) for path, text in schemas().items()}
    found: list[str] = []
    for file in sorted(folder.glob("*.schema.json")):
        if file.name not in now:
            found.append(f"{_event(file)} is gone: streams still hold it. Keep the class of this version")
            continue
        for change in changes(json.loads(file.read_text()), now[file.name]):
            found.append(
                f"{_event(file)}: {change}. Readers of this version rely on it: leave it as it was, and make the "
                "change in a new version beside it (`version: ClassVar[int] = 2`)"
            )
    return found


def _event(file: Path) -> str:
    return file.name.removesuffix(".schema.json")


def changes(released: Schema, now: Schema) -> list[str]:
    """Say how a schema differs, apart from optional fields and values of an enumeration that it gained."""
    return list(_Comparison(released, now).of(released, now, ""))


class _Comparison:
    """Compares two schemas part by part, each with its own definitions."""

    def __init__(self, released: Schema, now: Schema) -> None:
        self._released, self._now = released.get("$defs", {}), now.get("$defs", {})

    def of(self, released: Schema, now: Schema, path: str) -> Iterator[str]:
        released, now = _resolved(released, self._released), _resolved(now, self._now)
        yield from self._fields(released, now, path)
        yield from self._values(released, now, path)
        yield from self._alternatives(released, now, path)
        for keyword in sorted((released.keys() | now.keys()) - WORDS):
            before, after = released.get(keyword), now.get(keyword)
            if isinstance(before, dict) and isinstance(after, dict):
                yield from self.of(before, after, path)
            elif before != after:
                yield f"{_named(path)}: {keyword} was {json.dumps(before)} and is {json.dumps(after)}"

    def _fields(self, released: Schema, now: Schema, path: str) -> Iterator[str]:
        before, after = released.get("properties", {}), now.get("properties", {})
        was_required, is_required = set(released.get("required", ())), set(now.get("required", ()))
        for name, field in before.items():
            here = f"{path}.{name}".removeprefix(".")
            if name not in after:
                yield f"{here} was removed"
                continue
            if (name in was_required) != (name in is_required):
                yield f"{here} was {_need(name in was_required)} and is {_need(name in is_required)}"
            yield from self.of(field, after[name], here)
        for name in after.keys() - before.keys():
            if name in is_required:
                yield f"{path}.{name}".removeprefix(".") + " was added and is required"

    def _values(self, released: Schema, now: Schema, path: str) -> Iterator[str]:
        before, after = _enumerated(released), _enumerated(now)
        if before is None and after is None:
            return
        if before is None or after is None:
            yield f"{_named(path)} {'is no longer' if after is None else 'is now'} one of a few values"
        elif lost := [value for value in before if value not in after]:
            yield f"{_named(path)} lost the value {', '.join(map(json.dumps, lost))}"

    def _alternatives(self, released: Schema, now: Schema, path: str) -> Iterator[str]:
        before, after = released.get("anyOf", []), now.get("anyOf", [])
        if len(before) != len(after):
            yield f"{_named(path)} may be {len(after) or 1} kinds of value instead of {len(before) or 1}"
            return
        for one, other in zip(before, after, strict=True):
            yield from self.of(one, other, path)


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    beside = {keyword: value for keyword, value in schema.items() if keyword != "$ref"}
    named: Schema = definitions[schema["$ref"].rpartition("/")[2]]
    return named | beside


def _enumerated(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _named(path: str) -> str:
    return path or "the event"


def _need(required: bool) -> str:
    return "required" if required else "optional"
