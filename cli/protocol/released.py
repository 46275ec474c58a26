"""What was released must not change: each version's content, and the defaults that an unchanged file relies on."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from cli import CHECKOUT
from shared.document import Fault
from shared.protocol.base import Part, parts_in
from shared.protocol.library import ProtocolLibrary
from shared.protocol.model import Protocol
from shared.protocol.spans import AS_HASHED

RELEASED, RELEASED_SPANS = "released.json", "released_spans.json"
"""Beside the protocol files: the content hash of each version, by id, and the hash that tells days from hours."""
DEFAULTS = CHECKOUT / "shared" / "protocol" / "defaults.json"

Hashes = dict[str, dict[str, str]]


def released_in(directory: Path, record: str = RELEASED) -> Hashes:
    """Return the hashes that were released from a folder of protocols."""
    file = directory / record
    return TypeAdapter(Hashes).validate_json(file.read_bytes()) if file.exists() else {}


def changed(protocol: Protocol, file: Path) -> Fault | None:
    """Say when the file of a released version says something else than was released."""
    kept = _kept(protocol, file, RELEASED)
    if kept in (None, protocol.content_hash):
        return _changed_spans(protocol, file)
    sentence = (
        f"{protocol.id} {protocol.version} was released with the content {kept[:12]} and has"
        f" {protocol.content_hash[:12]} now, which would treat nobody who follows it: undo the change, or give the"
        " changed file a new version and keep the released one beside it (if nobody has this version yet, take it out"
        f" of {RELEASED} and run ./homeward docs)"
    )
    return Fault(str(file), 1, "version", sentence)


def _changed_spans(protocol: Protocol, file: Path) -> Fault | None:
    if _kept(protocol, file, RELEASED_SPANS) in (None, protocol.span_hash):
        return None
    sentence = (
        f"{protocol.id} {protocol.version} was released with days where it has 24 hours now, or with hours where it has"
        " days (P1D, PT24H): its hash is the same, and its people would be asked at another time. Undo the change, or"
        " give the changed file a new version and keep the released one beside it"
    )
    return Fault(str(file), 1, "version", sentence)


def _kept(protocol: Protocol, file: Path, record: str) -> str | None:
    return released_in(file.absolute().parent, record).get(protocol.id, {}).get(protocol.version)


def released(directory: Path) -> str:
    """Write the record with the versions that are new; what was released stays as it was."""
    return _record(directory, RELEASED, lambda protocol: protocol.content_hash)


def released_spans(directory: Path) -> str:
    """Write the same of the hashes that tell days from hours."""
    return _record(directory, RELEASED_SPANS, lambda protocol: protocol.span_hash)


def _record(directory: Path, name: str, hash: Callable[[Protocol], str]) -> str:
    library = ProtocolLibrary(directory)
    record: Hashes = {one.id: {} for one in library.all()} | released_in(directory, name)
    for protocol in library.all():
        record[protocol.id].setdefault(protocol.version, hash(protocol))
    return _json(record)


class Defaults(BaseModel):
    """What each optional field of a protocol means where a file does not say it.

    `hashed`: part of every content hash since the first release. `added`: came later, and is in no hash of a file that
    does not say it.
    """

    hashed: dict[str, Any]
    added: dict[str, Any]


def defaults() -> Defaults:
    """Return the defaults of this build's model, by part and field."""
    said, seen = Defaults(hashed={}, added={}), set[type[Part]]()
    later: list[type[Part]] = []
    for name, field in _fields(Protocol, seen, later):
        group = said.added if field.exclude_if else said.hashed
        group[name] = _default(field)
    for part in later:  # not in a file that was released before: what it leaves out enters no hash of those
        newer = {name: _default(field) for name, field in _fields(part, seen, later)}
        said.added |= {name: default for name, default in newer.items() if name not in said.hashed}
    return said


def _default(field: FieldInfo) -> Any:
    return to_jsonable_python(field.get_default(call_default_factory=False), context=AS_HASHED)


def kept_defaults() -> Defaults:
    """Return the defaults that files were released with."""
    return Defaults.model_validate_json(DEFAULTS.read_bytes())


def changed_defaults(kept: Defaults, now: Defaults) -> list[str]:
    """Say which defaults are not what they were when files were released that rely on them."""
    said = [
        f"{name}: is optional and new: declare it with `added(…)`, or every released file gets another content hash"
        for name in now.hashed.keys() - kept.hashed.keys()
    ]
    before, after = kept.hashed | kept.added, now.hashed | now.added
    for name in before:
        if name not in after or after[name] != before[name]:
            is_now = json.dumps(after[name]) if name in after else "gone"
            said.append(
                f"{name}: the default was {json.dumps(before[name])} and is {is_now}: files that leave it out would"
                " mean something else. Keep it as it was, and add a new field"
            )
    return sorted(said)


def recorded_defaults() -> str:
    """Write the record with the fields that were added; what was recorded stays as it was."""
    kept = kept_defaults()
    return _json({"hashed": dict(sorted(kept.hashed.items())), "added": defaults().added | kept.added})


def _fields(part: type[Part], seen: set[type[Part]], later: list[type[Part]]) -> Iterator[tuple[str, FieldInfo]]:
    """Yield every optional field of a part and of the parts within it; `Cited[int]` and its like are one kind.

    Parts that a field came later with are put into `later`.
    """
    if part in seen:
        return
    seen.add(part)
    for name, field in part.model_fields.items():
        if not field.is_required():
            kind = part.__pydantic_generic_metadata__["origin"] or part
            yield f"{kind.__name__}.{field.alias or name}", field
        for inner in parts_in(field.annotation):
            if field.exclude_if:
                later.append(inner)
            else:
                yield from _fields(inner, seen, later)


def _json(record: dict[str, Any]) -> str:
    return json.dumps(dict(sorted(record.items())), indent=2, ensure_ascii=False) + "\n"
