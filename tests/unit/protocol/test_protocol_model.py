"""A protocol is known by its content, waits for what is not published, and answers by name."""

import re
from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from shared.protocol.answers import ScreeningAnswers, fact_paths, facts
from shared.protocol.base import Cited, Sourced, walk
from shared.protocol.library import ProtocolLibrary
from shared.protocol.load import load_protocol
from shared.protocol.model import Protocol
from shared.protocol.spans import CalendarDays, hashed
from shared.protocol.vocabulary import SessionKind
from tests.unit.protocol.conftest import BRISK, HOUSE, WEEKLY6


@pytest.fixture
def changed(tmp_path):
    def load(*changes, name="changed.yaml"):
        text = BRISK.read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / name).write_text(text)
        return load_protocol(tmp_path / name)

    return load


def test_the_hash_is_the_same_however_keys_are_ordered_and_durations_spelt(changed):
    reordered = changed(("{id: under_age, outcome: exclude,", "{outcome: exclude, id: under_age,"), ("PT60S", "PT1M"))
    assert reordered.content_hash == load_protocol(BRISK).content_hash


def test_the_hash_changes_with_any_value(changed):
    assert changed(("maximum: 8", "maximum: 7")).content_hash != load_protocol(BRISK).content_hash


@pytest.mark.parametrize("file", HOUSE, ids=lambda file: file.stem)
def test_a_protocol_comes_back_from_its_json_as_it_was(file):
    protocol = load_protocol(file)
    again = Protocol.model_validate_json(protocol.model_dump_json(by_alias=True))
    assert again == protocol
    assert again.content_hash == protocol.content_hash


def test_a_protocol_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        load_protocol(BRISK).title = "Another"


@pytest.mark.parametrize(
    ("length", "written"),
    [
        (timedelta(days=365), "P365D"),
        (CalendarDays(365), "P365D"),
        (-CalendarDays(14), "-P14D"),
        (CalendarDays(0), "PT0S"),
        (timedelta(hours=-36), "-P1DT43200S"),
        (timedelta(0), "PT0S"),
        (timedelta(milliseconds=1500), "PT1.5S"),
    ],
)
def test_a_duration_is_hashed_one_way(length, written):
    assert hashed(length) == written


def test_every_convention_of_weekly6_asks_for_the_medical_director():
    for _, part in walk(load_protocol(WEEKLY6)):
        if isinstance(part, Sourced) and "conv" in part.source_ids:
            assert part.needs_medical_director_signoff


def test_a_value_flagged_for_the_medical_director_needs_no_source():
    assert Cited[int](value=3, needs_medical_director_signoff=True).value == 3


def test_weekly6_has_the_shape_of_the_brochure():
    weekly6 = load_protocol(WEEKLY6)
    assert [len(weekly6.sessions_of(kind)) for kind in SessionKind] == [2, 6, 10]
    weeks = {session.key: session.at.day // 7 + 1 for session in weekly6.sessions}
    assert [weeks[f"dose:{n}"] for n in range(1, 7)] == [3, 4, 5, 6, 7, 8]
    assert [weeks[f"circle:{n}"] for n in range(7, 11)] == [9, 10, 11, 12]
    for n in range(1, 7):
        dose, circle = weekly6.session(f"dose:{n}"), weekly6.session(f"circle:{n}")
        assert (circle.at.day, circle.integrates) == (dose.at.day + 1, dose.key)
    assert weekly6.dosing.min_interval.value == timedelta(days=6)
    assert weekly6.measure("six_months").at.day // 7 + 1 == 38


def test_parts_answer_by_name_and_an_unknown_name_is_said():
    brisk = load_protocol(BRISK)
    assert brisk.rules_for(SessionKind.CIRCLE).missed.effect == "holds_next_dose"
    with pytest.raises(KeyError, match="no key 'dose:9'"):
        brisk.session("dose:9")


def waiting_for_its_dose_weeks(changed):
    text = BRISK.read_text()
    days = re.findall(r"\{offset: PT\d+S\}, duration", text)
    moments = [(old, f'{{day: {n * 7}, time: "09:00"}}, duration') for n, old in enumerate(days)]
    moments[2] = (days[2], '{input: first_dose, time: "09:00", plus_days: 1}, duration')
    inputs = "inputs:\n  - {key: first_dose, says: The day of the first dose}\nscreening:"
    return changed(*moments, ("screening:", inputs))


def test_what_is_not_published_is_asked_for_by_name(changed):
    protocol = waiting_for_its_dose_weeks(changed)
    assert [wanted.key for wanted in protocol.missing_inputs({})] == ["first_dose"]
    with pytest.raises(ValueError, match=r"first_dose \(The day of the first dose\)"):
        protocol.with_inputs({})


def test_given_inputs_settle_the_calendar_and_are_checked_like_the_rest(changed):
    protocol = waiting_for_its_dose_weeks(changed)
    assert protocol.with_inputs({"first_dose": 13}).session("dose:1").at.day == 14
    with pytest.raises(ValueError, match="integrates 'dose:1' but is not after it"):
        protocol.with_inputs({"first_dose": 40})


def test_a_library_gives_a_version_or_the_latest(tmp_path, changed):
    changed(name="a.yaml")
    changed(('version: "1.0.0"', 'version: "1.10.0"'), name="b.yaml")
    changed(('version: "1.0.0"', 'version: "1.9.0"'), name="c.yaml")
    library = ProtocolLibrary(tmp_path)
    assert library.published("brisk", "1.9.0").version == "1.9.0"
    assert library.latest("brisk").version == "1.10.0"
    assert [protocol.version for protocol in library.all()] == ["1.0.0", "1.9.0", "1.10.0"]
    with pytest.raises(KeyError, match="there are: brisk 1"):
        library.published("brisk", "2")
    with pytest.raises(KeyError, match="no protocol 'weekly6'"):
        library.latest("weekly6")


ANSWERS = {
    "date_of_birth": "1990-06-15",
    "height_cm": 170,
    "weight_kg": 72.25,
    "pregnancy": {"potential": False},
    "conditions": [{"code": "ptsd", "active": True, "since": "2015-01-01"}],
    "medications": [{"name": "Lorazepam", "class": "benzodiazepine", "dose": "1 mg", "last_taken": "2026-01-02"}],
    "allergies": {},
    "substances": [],
    "family_history": {"psychosis": False, "mania": False},
    "urinary_symptoms": False,
    "trauma": {"dissociative_history": False, "anxiety_in_altered_states": False},
    "readiness": dict.fromkeys(
        (
            "sharing",
            "altered_state",
            "hard_material",
            "transport",
            "abstinence",
            "lifestyle",
            "outside_support",
            "realistic_expectations",
            "attending_all_sessions",
        ),
        3,
    ),
    "fit": {
        **dict.fromkeys(("vulnerability", "boundaries", "agreements", "self_management", "wish_for_group"), 4),
        **dict.fromkeys(("severe_social_anxiety", "group_disruption", "privacy_preference", "complex_trauma"), False),
    },
    "emergency_contact": True,
    "driver": True,
    "own_clinician": True,
}


def test_every_fact_a_rule_may_name_has_a_value_or_none():
    known = facts(ScreeningAnswers.model_validate(ANSWERS), on=date(2026, 6, 14))
    assert set(known) == set(fact_paths())
    assert (known["age_years"], known["bmi"], known["readiness.total"], known["fit.total"]) == (35, 25.0, 27, 20)
    assert known["vitals.systolic"] is None


@pytest.mark.parametrize(
    ("change", "field"),
    [({"weight_kg": 900}, "weight_kg"), ({"colour": "red"}, "colour"), ({"stop_bang": 9}, "stop_bang")],
)
def test_an_answer_out_of_range_or_unknown_is_refused(change, field):
    with pytest.raises(ValidationError, match=field):
        ScreeningAnswers.model_validate({**ANSWERS, **change})
