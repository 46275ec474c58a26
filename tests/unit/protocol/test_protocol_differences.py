"""What changed between two protocols is said in clinical words, and no change goes unsaid."""

import json
from contextlib import suppress
from datetime import time, timedelta
from enum import Enum
from typing import Annotated, Any, NamedTuple, get_args

import pytest
from pydantic import ConfigDict, TypeAdapter, ValidationError

from shared.document import dotted
from shared.protocol.base import Part, walk
from shared.protocol.calendar import CohortInput
from shared.protocol.differences import Difference, differences
from shared.protocol.load import load_protocol
from shared.protocol.model import Protocol
from shared.protocol.spans import CalendarDays, nominal_length
from shared.protocol.vocabulary import Route
from tests.unit.protocol.conftest import BRISK, WEEKLY6

GOOD = load_protocol(WEEKLY6)
DOSE3 = 'title: Medicine session 3, at: {day: 29, time: "09:00"}'
WEEK8 = '    at: {day: 49, time: "09:00"}\n    opens: -P7D\n    closes: P7D\n    reminders: [PT0S, P3D]'
STROKE = """
    - id: stroke
      outcome: exclude
      when: {condition: intracerebral_haemorrhage, active: true}
      says: A stroke in the last year.
      source: S4 item 4
  # The first that holds"""
CALL_ME = (
    '    - {key: call_me, says: "Would you like a call from us?", answer: yes_no,'
    " source: conv, needs_medical_director_signoff: true}\n"
)


@pytest.fixture
def said(tmp_path):
    def between(*changes):
        text = WEEKLY6.read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / "after.yaml").write_text(text)
        return [difference.sentence for difference in differences(GOOD, load_protocol(tmp_path / "after.yaml"))]

    return between


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            DOSE3,
            DOSE3.replace("29", "28"),
            "dose 3 moves from week 5, day 2 to week 5, day 1",
        ),
        (
            DOSE3,
            DOSE3.replace("09:00", "08:30"),
            "dose 3 moves from week 5, day 2, 09:00 to week 5, day 2, 08:30",
        ),
        (
            "min_interval: {value: P6D",
            "min_interval: {value: P5D",
            "the minimum interval between doses: 6 days → 5 days",
        ),
        (
            WEEK8,
            WEEK8.replace("[PT0S, P3D]", "[P2D]"),
            "measure Week 8: the reminders: at that moment and 3 days after → 2 days after",
        ),
        ("  # The first that holds", STROKE, "new exclusion: A stroke in the last year. (S4 item 4)"),
        (CALL_ME, "", "no longer asked: Would you like a call from us? (conv)"),
        ("{minimum: 4, maximum: 8}", "{minimum: 5, maximum: 8}", "the size of a group: 4 to 8 → 5 to 8"),
        (
            "high: 1.5, source: S4 item 10",
            "high: 1.25, source: S4 item 10",
            "the IM range: the highest usual dose: 1.5 → 1.25",
        ),
        (
            "when: {fact: bmi, above: 35}",
            "when: {fact: bmi, above: 40}",
            "reason for review «A body mass index above 35.»: when it holds: "
            "body mass index above 35 → body mass index above 40",
        ),
        (
            "id: high_bmi\n      outcome: review",
            "id: high_bmi\n      outcome: exclude",
            "reason for review «A body mass index above 35.»: what it does: review → exclude",
        ),
        (
            "not_before: {value: PT2H, source: REMS}",
            "not_before: {value: PT150M, source: REMS}",
            "the shortest stay after the last dose of the day: 2 hours → 2 hours 30 minutes",
        ),
        (
            "not_before: {value: PT2H, source: REMS}",
            "not_before: {value: PT2H, source: S4}",
            "the shortest stay after the last dose of the day: the source: REMS → S4",
        ),
        (
            "{after: PT24H, act: call, owner",
            "{after: PT20H, act: call, owner",
            "the call: when, counted from the due time: 24 hours after → 20 hours after",
        ),
        (
            "effect: holds_next_dose\n      make_up_within: P5D",
            "effect: holds_next_dose\n      make_up_within: P3D",
            "every circle: the time for a make-up, after the session: 5 days → 3 days",
        ),
        (
            'quiet_hours: {value: {begins: "21:00"',
            'quiet_hours: {value: {begins: "20:00"',
            "the quiet hours, in the recipient's zone: 21:00 to 08:00 → 20:00 to 08:00",
        ),
        (
            "loinc_total: 44261-6",
            "loinc_total: 44261-7",
            "questionnaire phq9: the LOINC code of the total: 44261-6 → 44261-7",
        ),
        (
            "items: 9\n    item_max: 3",
            "items: 9\n    item_max: 3\n    subscales: [{id: low, title: Low mood, items: [1, 2], score: mean}]",
            "questionnaire phq9: new: subscale low: Low mood, the mean of items 1 and 2",
        ),
        (
            "items: 9\n    item_max: 3",
            "items: 9\n    item_max: 3\n    reversed: [4, 7]",
            "questionnaire phq9: the items that are scored reversed, counted from 1: none → 4 and 7",
        ),
        ('version: "1.0.0"', 'version: "1.1.0"', "the version: 1.0.0 → 1.1.0"),
    ],
)
def test_a_change_is_said_in_clinical_words(said, old, new, sentence):
    assert said((old, new)) == [sentence]


def test_a_condition_of_its_own_is_said_with_the_rule_that_asks_about_it(said):
    own = "\n  conditions:\n    - {id: altitude_sickness, says: Has had altitude sickness., source: S4 item 4}"
    asked = STROKE.replace("intracerebral_haemorrhage", "altitude_sickness")
    assert said(
        ("  default_modality: group", f"  default_modality: group{own}"), ("  # The first that holds", asked)
    ) == [
        "new: condition altitude sickness: Has had altitude sickness. (S4 item 4)",
        "new exclusion: A stroke in the last year. (S4 item 4)",
    ]


def test_a_new_session_and_its_measure_are_said_in_the_order_of_the_document(said):
    eleventh = (
        '  - {key: "circle:11", kind: circle, title: A late circle, at: {day: 86, time: "10:00"}, duration: PT90M}\n\n'
        "session_rules:"
    )
    assert said(
        ("session_rules:", eleventh),
        ("title: Week 8\n    instruments: [phq9, gad7]", "title: Week 8\n    instruments: [phq9]"),
    ) == [
        "new session circle 11: A late circle, week 13, day 3, 10:00",
        "measure Week 8: the questionnaires: phq9 and gad7 → phq9",
    ]


def test_a_section_that_goes_is_said_with_all_it_held():
    without = Protocol.model_construct(
        **{name: getattr(GOOD, name) for name in Protocol.model_fields} | {"dosing": None}
    )
    sentences = [difference.sentence for difference in differences(GOOD, without)]
    assert sentences[0] == "no longer: the dose day"
    assert "the minimum interval between doses: 6 days" in sentences
    assert "the fewest staff: 2" in sentences


def test_a_protocol_does_not_differ_from_itself():
    assert differences(GOOD, GOOD) == ()
    assert differences(GOOD, load_protocol(WEEKLY6)) == ()


def test_any_two_protocols_differ_both_ways():
    brisk = load_protocol(BRISK)
    assert differences(GOOD, brisk)
    assert len(differences(brisk, GOOD)) >= len({dotted(path) for path, _ in walk(GOOD.dosing)}) // 10


def test_a_difference_comes_back_from_its_json():
    (difference,) = differences(GOOD, rebuilt(GOOD, ("title",), "Another"))
    assert difference == Difference(
        section="the protocol", what="the title", before="Six weekly doses with integration circles", after="Another"
    )
    assert Difference.model_validate_json(difference.model_dump_json()) == difference


class Leaf(NamedTuple):
    """A value of a protocol that is no part itself, with its path and what may stand there."""

    path: tuple[str | int, ...]
    value: Any
    allowed: Any


def leaves(value, path=(), allowed=Any):
    if isinstance(value, Part):
        for name, field in type(value).model_fields.items():
            within = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
            yield from leaves(getattr(value, name), (*path, name), within)
        return
    yield Leaf(path, value, allowed)
    for index, item in enumerate(value if isinstance(value, tuple) else ()):
        if isinstance(item, Part):
            yield from leaves(item, (*path, index))


SAMPLES = (
    True,
    7,
    7.5,
    "dose:1",
    "prescriber",
    "another",
    "19",
    timedelta(days=6),
    time(7),
    ("dose:1",),
    (Route.ORAL,),
)


def near(value):
    """Values that differ from this one as little as can be."""
    match value:
        case bool():
            return (not value, int(value))
        case int() | float():
            return (value + 1, float(value), value + 1e-9)
        case Enum():
            return tuple(word for word in type(value) if word is not value)[:1]
        case str():
            return (value + "x", value.upper(), value.lower())
        case timedelta():
            return (value + timedelta(microseconds=1), -value, CalendarDays(value.days))
        case CalendarDays():
            return (CalendarDays(value.count + 1), -value, nominal_length(value))
        case time():
            return (value.replace(microsecond=1),)
        case tuple():
            return (value[1:], value[::-1], (*value, *value[:1]))
    return ()


def others(leaf):
    """What else may stand at this leaf, by its own type and limits."""
    words = [word for part in get_args(leaf.allowed) or [leaf.allowed] for word in get_args(part) if type(word) is str]
    config = (
        None if CalendarDays in (leaf.allowed, *get_args(leaf.allowed)) else ConfigDict(arbitrary_types_allowed=True)
    )
    may_stand = TypeAdapter(leaf.allowed, config=config)
    for other in (*near(leaf.value), *(SAMPLES if leaf.value in (None, ()) else ()), *words[:2], None):
        with suppress(ValidationError):
            yield may_stand.validate_python(other, strict=True)


def as_written(value):
    return json.dumps(TypeAdapter(Any).dump_python(value, mode="json", by_alias=True), sort_keys=True)


def rebuilt(value, path, leaf):
    """The same with another value at one path; nothing is checked, so that every leaf can be tried."""
    if not path:
        return leaf
    name, *rest = path
    if isinstance(value, tuple):
        return tuple(rebuilt(item, rest, leaf) if index == name else item for index, item in enumerate(value))
    fields = {field: getattr(value, field) for field in type(value).model_fields}
    return type(value).model_construct(**fields | {name: rebuilt(fields[name], rest, leaf)})


FULL = rebuilt(GOOD, ("inputs",), (CohortInput(key="first_dose", says="The day of the first dose"),))
ROOMS = {
    name: tuple(leaves(getattr(FULL, name), (name,), field.annotation)) for name, field in Protocol.model_fields.items()
}


@pytest.mark.parametrize("section", ROOMS)
def test_no_change_of_any_leaf_goes_unsaid(section):
    """Each leaf in turn takes another value: if it is written differently in the content hash, it is said."""
    tried = 0
    for leaf in ROOMS[section]:
        for other in others(leaf):
            if as_written(other) == as_written(leaf.value):
                continue
            tried += 1
            found = differences(FULL, rebuilt(FULL, leaf.path, other))
            assert found, (dotted(leaf.path), leaf.value, other)
            assert all(one.before != one.after or one.before is None for one in found), (dotted(leaf.path), found)
    assert tried >= len(ROOMS[section]) / 2
