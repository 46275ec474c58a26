"""A version of an event may only gain optional fields: anything else is a new version."""

import copy
from typing import Any

import pytest

from cli.docs.events import schema
from cli.docs.released_events import broken, changes
from shared.events.intake import AgreementRevoked
from shared.events.scheduler import SeatAccepted

Path = tuple[str, ...]
DATA: Path = ("$defs", "SchedulerSeatAcceptedV1")


def edited(path: Path, value: Any) -> dict[str, Any]:
    """The schema of a taken seat with another value at a path; None takes out what is there."""
    changed = copy.deepcopy(schema(SeatAccepted))
    here = changed
    for key in path[:-1]:
        here = here[key]
    if value is None:
        del here[path[-1]]
    else:
        here[path[-1]] = value
    return changed


REQUIRED = schema(SeatAccepted)["$defs"][DATA[1]]["required"]


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ((*DATA, "properties", "zone"), None, "data.zone was removed"),
        ((*DATA, "properties", "zone", "type"), "integer", 'data.zone: type was "string" and is "integer"'),
        ((*DATA, "properties", "zone", "maxLength"), 3, "data.zone: maxLength was null and is 3"),
        ((*DATA, "properties", "zone", "enum"), ["UTC"], "data.zone is now one of a few values"),
        ((*DATA, "required"), REQUIRED[:-1], f"data.{REQUIRED[-1]} was required and is optional"),
        (("$defs", "ProtocolPin", "properties", "hash"), None, "data.protocol.hash was removed"),
        (("properties", "source", "const"), "homeward/intake", 'source lost the value "homeward/scheduler"'),
    ],
)
def test_a_version_that_says_something_else_is_named(path: Path, value: Any, sentence: str) -> None:
    assert sentence in changes(schema(SeatAccepted), edited(path, value))


def test_a_required_field_that_is_added_is_named() -> None:
    now = edited((*DATA, "properties", "bed"), {"type": "string"})
    now["$defs"][DATA[1]]["required"] = [*REQUIRED, "bed"]
    assert changes(schema(SeatAccepted), now) == ["data.bed was added and is required"]


def test_an_optional_field_that_is_added_is_no_change() -> None:
    now = edited((*DATA, "properties", "bed"), {"type": "string", "default": ""})
    assert changes(schema(SeatAccepted), now) == []


def test_an_enumeration_may_gain_a_value_and_never_lose_one() -> None:
    released = schema(AgreementRevoked)
    gained = copy.deepcopy(released)
    gained["$defs"]["IntakeAgreementRevokedV1"]["properties"]["kind"]["enum"].append("photography")
    assert changes(released, gained) == []
    assert changes(gained, released) == ['data.kind lost the value "photography"']


def test_words_that_explain_are_no_change() -> None:
    assert changes(schema(SeatAccepted), edited((*DATA, "description"), "Somebody has a seat.")) == []


def test_every_released_event_means_what_it_meant() -> None:
    assert broken() == []


def test_an_event_that_is_gone_is_named_with_what_to_do(tmp_path) -> None:
    (tmp_path / "homeward.intake.bed.made.v1.schema.json").write_text("{}")
    assert broken(tmp_path) == [
        "homeward.intake.bed.made.v1 is gone: streams still hold it. Keep the class of this version"
    ]
