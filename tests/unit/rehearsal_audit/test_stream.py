"""The event log as a log."""

from datetime import timedelta

from rehearsal.audit import facts_inside_a_step, violations
from shared.events import Envelope, Event
from tests.unit.rehearsal_audit.kept import PROTOCOL, a_kept_program, at


def broken(log: list[Envelope[Event]]) -> set[str]:
    return {violation.partition(":")[0] for violation in violations(log, PROTOCOL)}


def test_an_event_that_is_there_twice_is_found() -> None:
    log = a_kept_program().log()
    assert broken([*log, log[-1]]) == {"event_told_twice", "gap_in_a_sequence"}


def test_an_event_that_is_missing_is_found() -> None:
    log = a_kept_program().log()
    lost = next(event for event in log if event.source == "homeward/session" and event.sequence == 3)
    assert "gap_in_a_sequence" in broken([event for event in log if event is not lost])


def test_an_event_that_overtook_another_of_its_aggregate_is_found() -> None:
    log = a_kept_program().log()
    one, two = (i for i, e in enumerate(log) if e.source == "homeward/intake" and e.sequence in (1, 2))
    log[one], log[two] = log[two], log[one]
    assert broken(log) == {"gap_in_a_sequence"}


def test_a_fact_inside_a_step_is_found_and_one_at_its_ends_is_not() -> None:
    log = a_kept_program().log()
    moment = timedelta(milliseconds=1)
    assert len(facts_inside_a_step(log, [(at(13) - moment, at(13) + moment)])) == 1
    assert facts_inside_a_step(log, [(at(13), at(13) + moment), (at(13) - moment, at(13))]) == []
