"""Whatever order the scheduler's events come in, and however often, a participant is the same in every service."""

from collections.abc import Iterable
from importlib import import_module
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.base import Event, ProtocolPin
from shared.events.scheduler import ProgramAmended, SeatAccepted, SeatTakenBack, StateChanged
from shared.events.subscriptions import HEARS, PARTICIPANTS
from shared.projection import participants
from shared.projection.participant import Participant

PROGRAM, COHORT, NEXT_COHORT, AMENDMENT = (UUID(int=number) for number in range(1, 5))
OLD, NEW = (ProtocolPin(id="weekly6", version=version, hash=version * 64) for version in ("1", "2"))
ACTIVE = StateChanged(program_id=PROGRAM, cohort_id=COHORT, state="active")
WITHDRAWN = StateChanged(program_id=PROGRAM, cohort_id=COHORT, state="withdrawn")
SEATED = SeatAccepted(program_id=PROGRAM, cohort_id=COHORT, protocol=OLD, zone="America/Denver")
SEATED_AGAIN = SeatAccepted(program_id=PROGRAM, cohort_id=NEXT_COHORT, protocol=NEW, zone="America/Vancouver")
TAKEN_BACK = SeatTakenBack(program_id=PROGRAM, cohort_id=COHORT)
AMENDED = ProgramAmended(program_id=PROGRAM, cohort_id=COHORT, amendment_id=AMENDMENT, protocol=NEW)
KEEPERS = sorted(service for service, heard in HEARS.items() if set(PARTICIPANTS) & set(heard))

Told = tuple[int, Event]


def folded(told: Iterable[Told]) -> Participant:
    kept = Participant(PROGRAM, "bc")
    for sequence, event in told:
        kept = kept.after(event, sequence)
    return kept


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Told], list[Told]]:
    """What the scheduler tells of one program in its order, and the same in another order, with repeats."""
    events = draw(st.lists(st.sampled_from([ACTIVE, WITHDRAWN, SEATED, SEATED_AGAIN, TAKEN_BACK, AMENDED])))
    told = list(enumerate(events, start=1))
    repeats = draw(st.lists(st.sampled_from(told))) if told else []
    return told, draw(st.permutations(told + repeats))


@given(histories())
def test_any_order_with_repeats_ends_in_the_same_participant(histories: tuple[list[Told], list[Told]]) -> None:
    in_order, shuffled = histories
    assert folded(shuffled) == folded(in_order)


def test_the_newest_word_counts_for_each_part() -> None:
    kept = folded(enumerate([SEATED, ACTIVE, AMENDED, WITHDRAWN], start=1))
    assert (kept.state, kept.cohort_id, kept.zone, kept.pin) == ("withdrawn", COHORT, "America/Denver", NEW)


def test_somebody_whose_seat_was_taken_back_keeps_the_protocol_until_the_next_cohort_says_its_own() -> None:
    waits = folded(enumerate([SEATED, TAKEN_BACK], start=1))
    assert (waits.cohort_id, waits.zone, waits.pin) == (None, None, OLD)
    seated = waits.after(SEATED_AGAIN, 3)
    assert (seated.cohort_id, seated.pin) == (NEXT_COHORT, NEW)


def test_the_protocol_of_the_referral_counts_until_a_cohorts_is_known_whichever_is_told_first() -> None:
    referred = Participant(PROGRAM, "bc").screened_by(NEW)
    assert referred.pin == NEW
    assert referred.after(SEATED, 1).pin == OLD
    assert folded([(1, SEATED)]).screened_by(NEW).pin == OLD


def test_a_pin_without_its_hash_is_no_pin() -> None:
    assert Participant(PROGRAM, "bc", protocol_id="weekly6", protocol_version="1.0.0").pin is None


@pytest.mark.parametrize("service", KEEPERS)
def test_a_service_that_hears_of_participants_keeps_them_all_by_the_one_rule(service: str) -> None:
    heard = import_module(f"services.{service}.handlers").handlers.events
    assert {event for event in PARTICIPANTS if heard[event].__module__ == participants.__name__} == set(PARTICIPANTS)
