"""Two protocols side by side, part by part: whatever differs is said, nothing twice."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import TypeAdapter

from shared.protocol.base import Cited, Part, Sourced
from shared.protocol.care import EscalationTier, GroupSize, QuietHours, Quorum
from shared.protocol.differences.difference import Difference
from shared.protocol.differences.naming import SECTIONS, SHORTER, key_of, moves, name_of, spoken_move
from shared.protocol.model import Protocol
from shared.protocol.wording import listed, spoken, spoken_offset, spoken_span

_ANY: TypeAdapter[Any] = TypeAdapter(Any)
SAID_WHOLE = (GroupSize, Quorum, QuietHours, EscalationTier)
"""Small parts that are said in one breath."""


def differences(before: Protocol, after: Protocol) -> tuple[Difference, ...]:
    """Nothing for the same content; something for any other: at least one for every leaf that changes."""
    found: list[Difference] = []
    for name in Protocol.model_fields:
        section = SECTIONS.get(name, "the protocol")
        for what, was, is_now in _field(before, after, name, ""):
            found.append(Difference(section=section, what=what, before=was, after=is_now))
    return tuple(found)


Said = tuple[str, str | None, str | None]


def _field(before: Part, after: Part, name: str, subject: str) -> Iterator[Said]:
    was, is_now = getattr(before, name), getattr(after, name)
    if _same(was, is_now):
        return
    phrase = _phrase(before, name)
    if moves(before, name):
        yield (f"{subject} moves", *_unlike(spoken_move(was, is_now), was, is_now))
    elif isinstance(was, Part) and isinstance(is_now, Part) and _same_shape(was, is_now):
        yield from _parts(was, is_now, subject, phrase)
    elif _holds_parts(was) or _holds_parts(is_now):
        yield from _lists(was, is_now, subject, phrase)
    elif isinstance(was, Part) != isinstance(is_now, Part) and not isinstance(was or is_now, (*SAID_WHOLE, Cited)):
        yield from _whole(was, is_now, _of(subject, phrase))
    else:
        yield (_of(subject, phrase), *_unlike((_value(was, name), _value(is_now, name)), was, is_now))


def _same_shape(was: Part, is_now: Part) -> bool:
    """An expression that becomes another kind of expression, or a moment another kind of moment, is said whole."""
    return type(was) is type(is_now) and (isinstance(was, Sourced) or type(was).__name__ in _SECTIONS_OF_THEIR_OWN)


_SECTIONS_OF_THEIR_OWN = frozenset(
    ("Screening", "Cohort", "CheckIns", "Dosing", "Repeats", "Discharge", "Staffing", "Attendance", "Risk", "Messages")
)


def _parts(before: Part, after: Part, subject: str, phrase: str) -> Iterator[Said]:
    """A part that was there and still is. A cited value is called as its field, then its source."""
    if isinstance(before, Cited):
        yield from _cited(before, after, _of(subject, phrase))
        return
    for name in type(before).model_fields:
        yield from _field(before, after, name, subject)


def _cited(before: Any, after: Any, what: str) -> Iterator[Said]:
    if not _same(before.value, after.value):
        yield (what, *_unlike((spoken(before.value), spoken(after.value)), before.value, after.value))
    for name in Sourced.model_fields:
        yield from _field(before, after, name, what)


def _lists(was: Any, is_now: Any, subject: str, phrase: str) -> Iterator[Said]:
    old, new = _keyed(was or (), is_now or ())
    for key, part in old.items():
        if key not in new:
            name = name_of(part)
            yield _of(subject, name.gone), name.says or None, None
    for key, part in new.items():
        if key not in old:
            name = name_of(part)
            yield _of(subject, name.new), None, name.says or None
        else:
            yield from _parts_or_whole(old[key], part, subject, phrase)
    kept_before, kept_after = [k for k in old if k in new], [k for k in new if k in old]
    if kept_before != kept_after:
        calls = [listed(name_of(old[key]).subject or key for key in kept) for kept in (kept_before, kept_after)]
        yield _of(subject, f"the order of {phrase}"), calls[0], calls[1]


def _parts_or_whole(was: Part, is_now: Part, subject: str, phrase: str) -> Iterator[Said]:
    if _same(was, is_now):
        return
    if isinstance(was, SAID_WHOLE):
        yield (_of(subject, phrase), *_unlike((spoken(was), spoken(is_now)), was, is_now))
        return
    within = _of(subject, name_of(was).subject)
    for name in type(was).model_fields:
        yield from _field(was, is_now, name, within)


def _keyed(was: Sequence[Part], is_now: Sequence[Part]) -> tuple[dict[str, Part], dict[str, Part]]:
    """Both by what makes a part the same; by place where that is not unique."""
    keys = [[key_of(part) for part in parts] for parts in (was, is_now)]
    unique = all(None not in some and len(set(some)) == len(some) for some in keys)
    if not unique:
        keys = [[f"{number}" for number, _ in enumerate(parts, start=1)] for parts in (was, is_now)]
    old, new = (dict(zip(map(str, some), parts, strict=True)) for some, parts in zip(keys, (was, is_now), strict=True))
    return old, new


def _whole(was: Part | None, is_now: Part | None, what: str) -> Iterator[Said]:
    """A section that comes or goes, with what it says of itself."""
    there = was if was is not None else is_now
    assert there is not None
    yield f"{'no longer' if is_now is None else 'new'}: {what}", None, None
    for phrase, value in _all_of(there):
        yield (phrase, value, None) if is_now is None else (phrase, None, value)


def _all_of(part: Part) -> Iterator[tuple[str, str]]:
    for name in type(part).model_fields:
        value = getattr(part, name)
        if type(value).__name__ in _SECTIONS_OF_THEIR_OWN:
            yield from _all_of(value)
        else:
            yield _phrase(part, name), _value(value, name)


def _phrase(part: Part, name: str) -> str:
    return SHORTER.get(name) or type(part).model_fields[name].description or name.replace("_", " ")


def _value(value: Any, name: str) -> str:
    if value is None:
        return "none"
    if name == "reminders":
        return listed(spoken_offset(at) for at in value) if value else "none"
    if name == "remind_before":
        return listed(f"{spoken_span(lead)} before" for lead in value) if value else "none"
    if name in ("opens", "closes", "lost_after", "offset") or (name == "after" and not isinstance(value, Part)):
        return spoken_offset(value)
    if _holds_parts(value):
        return "; ".join(name_of(part).says or name_of(part).subject for part in value)
    if isinstance(value, tuple) and not value:
        return "none"
    return spoken(value)


def _of(subject: str, phrase: str) -> str:
    return f"{subject}: {phrase}" if subject and phrase else subject or phrase


def _unlike(said: tuple[str, str], was: Any, is_now: Any) -> tuple[str, str]:
    """Two that sound the same though they differ are written out."""
    return said if said[0] != said[1] else (_content(was), _content(is_now))


def _holds_parts(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and isinstance(value[0], Part)


def _same(was: Any, is_now: Any) -> bool:
    """Whether the content hash cannot tell them apart; `True == 1`, but they are written differently."""
    return was is is_now or _content(was) == _content(is_now)


def _content(value: Any) -> str:
    """As it goes into the content hash."""
    return json.dumps(_ANY.dump_python(value, mode="json", by_alias=True), sort_keys=True, ensure_ascii=False)
