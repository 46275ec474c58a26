"""What `./homeward reconcile` finds, and what it would do about it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID

from operations.discrepancies import (
    LATE,
    UNTOLD,
    Discrepancy,
    GivenUp,
    Heard,
    NotFromHere,
    NotHeard,
    NotOnStream,
    NotProvisioned,
    NotPublished,
    OutboxRow,
    Repair,
    Seen,
    StandsStill,
    counted,
    find_discrepancies,
    seen_twice,
)
from shared.watched_rows import Reason, Row

NOW = datetime(2030, 1, 7, 17, tzinfo=UTC)
TOLD, WAITS, STRANGE = UUID(int=1), UUID(int=2), UUID(int=3)
TYPE = "homeward.intake.referral.received.v1"
OUTBOX = [OutboxRow("intake", "bc", TYPE, TOLD, NOW, True), OutboxRow("intake", "bc", TYPE, WAITS, NOW, False)]
PROGRAM = "scheduler-program-1"
ROW = Row(PROGRAM, PROGRAM, "ParticipantProgram", "bc", 4, NOW + timedelta(days=7), behind=False, open=True)
AGREES = Seen(NOW, OUTBOX, {TOLD}, [], {"scheduler": [ROW]}, frozenset())


def only(seen: Seen) -> object:
    (discrepancy,) = find_discrepancies(seen)
    return discrepancy


def test_when_all_agrees_there_is_no_discrepancy():
    assert find_discrepancies(AGREES) == []


def test_an_event_that_was_published_and_is_not_on_the_stream_is_published_again():
    assert only(replace(AGREES, on_stream=set())) == NotOnStream(OUTBOX[0])
    assert only(replace(AGREES, on_stream=set())).repair is Repair.PUBLISH


def test_an_event_that_waits_for_its_relay_needs_no_repair():
    assert find_discrepancies(replace(AGREES, outboxes=OUTBOX[1:], on_stream=set())) == []


def test_an_event_that_waits_too_long_for_its_relay_is_said_and_left_to_it():
    waits = replace(OUTBOX[1], occurred_at=NOW - UNTOLD - timedelta(seconds=1))
    discrepancy = only(replace(AGREES, outboxes=[OUTBOX[0], waits]))
    assert discrepancy == NotPublished(waits)
    assert discrepancy.repair is Repair.SEE_LOG
    assert str(WAITS) in discrepancy.says


def test_an_event_that_is_on_the_stream_and_not_marked_yet_is_no_discrepancy():
    assert find_discrepancies(replace(AGREES, on_stream={TOLD, WAITS})) == []


def test_an_event_that_no_outbox_knows_is_said_and_left_alone():
    discrepancy = only(replace(AGREES, on_stream={TOLD, STRANGE}))
    assert discrepancy == NotFromHere(STRANGE)
    assert discrepancy.repair is Repair.NONE


MINUTE = timedelta(minutes=1)


def hearing(*, waiting: int = 0, in_hand: int = 0, silent: timedelta) -> Seen:
    return replace(AGREES, heard=[Heard("notifications", waiting, in_hand, NOW - silent)])


def test_a_service_that_hears_nothing_of_what_waits_for_it_is_a_discrepancy():
    discrepancy = only(hearing(waiting=3, silent=2 * MINUTE))
    assert discrepancy == NotHeard("notifications", 3, NOW - 2 * MINUTE)
    assert discrepancy.repair is Repair.SEE_LOG
    assert isinstance(only(hearing(in_hand=1, silent=7 * MINUTE)), NotHeard)


def test_a_service_for_which_nothing_waits_or_that_tries_again_is_none():
    assert find_discrepancies(hearing(silent=60 * MINUTE)) == []
    assert find_discrepancies(hearing(waiting=3, silent=timedelta(seconds=5))) == []
    assert find_discrepancies(hearing(in_hand=1, silent=4 * MINUTE)) == []


def test_a_deaf_service_is_seen_twice_though_more_waits_for_it_meanwhile():
    first, second = (find_discrepancies(hearing(waiting=count, silent=2 * MINUTE)) for count in (3, 5))
    assert seen_twice(first, second) == second


def test_a_dead_letter_is_a_discrepancy_until_it_was_replayed():
    letter = GivenUp("integration", "program.internal.bc.scheduler.checkin.due.v1", 3)
    assert only(replace(AGREES, given_up=[letter])) == letter
    assert letter.repair is Repair.REPLAY


def test_a_row_that_no_workflow_watches_is_started_again():
    discrepancy = only(replace(AGREES, not_watched={ROW.workflow_id}))
    assert discrepancy == StandsStill("scheduler", ROW.workflow_id, ROW, "not watched")
    assert discrepancy.repair is Repair.START


def test_a_row_that_was_due_a_while_ago_is_nudged_and_one_that_is_due_just_now_is_not():
    late, just_now = replace(ROW, wake_at=NOW - LATE), replace(ROW, wake_at=NOW)
    assert only(replace(AGREES, rows={"scheduler": [late]})).repair is Repair.NUDGE
    assert find_discrepancies(replace(AGREES, rows={"scheduler": [just_now]})) == []


def test_a_stream_that_is_gone_is_provisioned_before_anything_is_published_again():
    found = find_discrepancies(replace(AGREES, missing=["PROGRAM"], on_stream=set()))
    assert found[0] == NotProvisioned("PROGRAM")
    assert [repair for repair, count in counted(found).items() if count] == [Repair.PROVISION, Repair.PUBLISH]


def test_each_repair_is_of_a_discrepancy():
    own = {kind.repair for kind in get_args(Discrepancy) if isinstance(kind.repair, Repair)}
    standing_still = {StandsStill("scheduler", ROW.workflow_id, ROW, why).repair for why in get_args(Reason)}
    assert own | standing_still == set(Repair)


def test_what_was_only_under_way_is_not_seen_twice():
    first = find_discrepancies(replace(AGREES, rows={"scheduler": [replace(ROW, behind=True)]}, on_stream=set()))
    moved_on = replace(ROW, revision=5, behind=True)
    second = find_discrepancies(replace(AGREES, rows={"scheduler": [moved_on]}, on_stream=set()))
    assert seen_twice(first, second) == [NotOnStream(OUTBOX[0])]


def test_each_discrepancy_says_what_it_is_about():
    found = find_discrepancies(
        replace(AGREES, missing=["PROGRAM.session"], on_stream={STRANGE}, not_watched={ROW.workflow_id})
    )
    words = [discrepancy.says for discrepancy in found]
    for named in ("PROGRAM.session", str(TOLD), ROW.workflow_id, str(STRANGE)):
        assert any(named in says for says in words)
