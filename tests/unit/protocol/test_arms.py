"""Arms of a protocol: what they are, how they are read, and what is said when they change."""

import json

from cli.protocol.page import Points, Table
from cli.protocol.reading import reading
from shared.protocol.differences import differences
from shared.protocol.load import load_protocol
from shared.protocol.model import Protocol
from tests.lib.arms import with_arms
from tests.unit.protocol.conftest import WEEKLY6

PLAIN = load_protocol(WEEKLY6.with_name("ed4.yaml"))
ARMED = with_arms(PLAIN)


def written(*changes: tuple[str, str]) -> Protocol:
    """The protocol with arms, with other words in its JSON."""
    text = ARMED.model_dump_json(by_alias=True)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return Protocol.model_validate_json(text)


def said(before: Protocol, after: Protocol) -> list[str]:
    return [difference.sentence for difference in differences(before, after)]


def test_a_protocol_without_arms_keeps_its_hash_and_one_with_arms_has_another() -> None:
    assert "arms" not in json.loads(PLAIN.model_dump_json())["dosing"]
    assert PLAIN.content_hash != ARMED.content_hash == written().content_hash


def test_the_hash_changes_with_the_range_of_an_arm() -> None:
    assert written(('"high":0.8', '"high":0.75')).content_hash != ARMED.content_hash


def test_each_arm_is_read_with_its_range_and_that_it_is_assigned_before_a_dose() -> None:
    (section,) = [one for one in reading(ARMED).sections if one.title == "The dose day"]
    (table,) = [block for block in section.blocks if isinstance(block, Table) and block.head[0] == "Arm"]
    assert table.rows == (
        ("Lower dose", "IM", "0.5 to 0.8 mg/kg", "ED; S4 item 10"),
        ("Higher dose", "IM", "0.9 to 1.5 mg/kg", "ED; S4 item 10"),
    )
    points = [item for block in section.blocks if isinstance(block, Points) for item in block.items]
    assert (
        "2 arms: Lower dose (lower; ED; S4 item 10) and Higher dose (higher; ED; S4 item 10). "
        "Nobody has a dose before a clinician or prescriber has assigned their arm." in points
    )
    assert not any("arm" in item for item in _points(PLAIN))


def _points(protocol: Protocol) -> list[str]:
    (section,) = [one for one in reading(protocol).sections if one.title == "The dose day"]
    return [item for block in section.blocks if isinstance(block, Points) for item in block.items]


def test_an_arm_to_be_signed_off_is_called_by_its_name() -> None:
    flag = '"needs_medical_director_signoff":'
    lower = ARMED.model_dump_json(by_alias=True).partition('"low":0.5,"high":0.8')[0].rpartition(f"{flag}false")[0]
    text = ARMED.model_dump_json(by_alias=True)
    flagged = Protocol.model_validate_json(lower + f"{flag}true" + text[len(lower) + len(f"{flag}false") :])
    (section,) = [one for one in reading(flagged).sections if one.title.endswith("to sign off")]
    new = [row for block in section.blocks if isinstance(block, Table) for row in block.rows if "arm" in row[1]]
    assert new == [
        ("the dose day", "arm lower: the IM range", "0.5 to 0.8 mg/kg", "ED; S4 item 10", "dosing.arms.0.routes.0")
    ]


def test_arms_that_come_go_or_change_are_said_in_words() -> None:
    came = ["new: arm lower: Lower dose, IM 0.5 to 0.8 mg/kg", "new: arm higher: Higher dose, IM 0.9 to 1.5 mg/kg"]
    assert said(PLAIN, ARMED) == came
    assert said(ARMED, PLAIN) == [sentence.replace("new", "no longer") for sentence in came]
    assert said(ARMED, written(('"high":0.8', '"high":0.75'))) == [
        "arm lower: the IM range: the highest usual dose: 0.8 → 0.75"
    ]
    assert said(ARMED, written(("Lower dose", "Half dose"))) == ["arm lower: what it is called: Lower dose → Half dose"]


def test_an_arm_is_known_by_its_id_wherever_it_stands() -> None:
    assert ARMED.dosing is not None
    turned = ARMED.dosing.model_copy(update={"arms": ARMED.dosing.arms[::-1]})
    (sentence,) = said(ARMED, ARMED.model_copy(update={"dosing": turned}))
    assert sentence.endswith(": arm lower and arm higher → arm higher and arm lower")
