"""Each invariant, on a small system of rows and a log that agree; each test lets them differ in one place."""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest

from chaos.invariants import INVARIANTS, Evidence, trail
from chaos.streams import Kept
from rehearsal.ledger import Ledger
from shared.audit.entry import chained, genesis
from shared.events import Envelope, Event, integration, notifications, session, wrap
from shared.events.subscriptions import HEARS
from shared.protocol.load import load_protocol
from tests.unit.protocol.conftest import BRISK

NOW = datetime(2030, 1, 7, 17, tzinfo=UTC)
ROWAN, PAGE, MAIL, OWED = (uuid5(UUID(int=0), name) for name in ("rowan", "page", "mail", "owed"))
PROTOCOL = load_protocol(BRISK)
ABOUT = {"obligation_id": OWED, "program_id": ROWAN, "kind": "check_in", "item": "check_in:safety"}
TOLD: tuple[Event, ...] = (
    integration.CheckInOpened(program_id=ROWAN, item="check_in:safety"),
    integration.ObligationOpened(**ABOUT, owner="coordinator", deadline=NOW),
    integration.CheckInClosed(program_id=ROWAN, item="check_in:safety", closure="answered"),
    integration.ObligationClosed(**ABOUT, owner="coordinator", closure="answered", closed_by="rowan"),
    session.AttendanceRecorded(program_id=ROWAN, session_id=PAGE, item="dose:1", status="attended"),
    notifications.MessageSent(message_id=MAIL, program_id=ROWAN, category="check_in"),
)
Rows = dict[str, list[dict[str, Any]]]


def sealed(events: Iterable[Event]) -> list[Envelope[Event]]:
    given: dict[Any, int] = defaultdict(int)
    log = []
    for number, event in enumerate(events):
        given[event.producer, event.aggregate_id] += 1
        sequence = given[event.producer, event.aggregate_id]
        id, time = uuid5(ROWAN, str(number)), NOW + timedelta(seconds=number)
        log.append(wrap(event, id=id, site="bc", sequence=sequence, time=time))
    return log


class SystemUnderTest:
    """What the log and the tables would be if all went well; `broken` names the rules that do not hold."""

    def __init__(self) -> None:
        self.log = sealed(TOLD)
        self.rows: Rows = defaultdict(list)
        self.mail_ids = [f"<{MAIL}@homeward.invalid>"]
        for one in self.log:
            self._keep(one)
        owed = {"id": OWED, **ABOUT, "owner": "coordinator", "deadline": NOW, "closed_at": NOW, "closure": "answered"}
        self.rows["integration.obligation"] = [owed | {"stage": "open", "wake_at": NOW}]
        self.rows["scheduler.program_fact"] = [
            {"program_id": ROWAN, "revision": 1, "kind": "check_in_closed", "item": "check_in:safety"},
            {"program_id": ROWAN, "revision": 2, "kind": "attended", "item": "dose:1"},
        ]
        self.rows["notifications.message"] = [self._message(MAIL)]
        self.rows["notifications.attempt"] = [{"message_id": MAIL, "step": "begun"}]
        self.rows["integration.check_in"] = [
            {"program_id": ROWAN, "item": "check_in:safety", "closure": "answered", "closed_at": NOW}
        ]
        for revision in ("1", "2"):
            self._write_down("intake", {"program_id": str(ROWAN), "item": "dose:1", "revision": revision})

    def _write_down(self, service: str, subjects: dict[str, str]) -> None:
        """One more row of the service's audit chain: it cleared something."""
        rows = self.rows[f"{service}.audit"]
        row = {"site": "bc", "at": NOW, "actor": "session", "role": "homeward", "action": "clearance"}
        row |= {"subjects": subjects, "protocols": (), "inputs": "ab", "outcome": "accepted", "rule": None}
        row |= {"previous": rows[-1]["hash"] if rows else genesis(service, "bc")}
        row |= {"id": len(rows) + 1, "position": len(rows) + 1, "hash": chained(row, row["previous"])}
        rows.append(row | {"subjects": json.dumps(subjects), "protocols": "[]"})
        self.rows[f"{service}.audit_head"] = [{"site": "bc", "position": row["position"], "hash": row["hash"]}]

    def _keep(self, one: Envelope[Event]) -> None:
        service = one.source.removeprefix("homeward/")
        row = {"event_id": one.id, "aggregate": UUID(one.subject), "aggregate_seq": one.sequence, "site": one.site}
        row |= {"type": one.type, "data": json.dumps(one.data.model_dump(mode="json")), "published_at": NOW}
        self.rows[f"{service}.outbox"].append(row)
        counted = self.rows[f"{service}.outbox_sequence"]
        counted[:] = [c for c in counted if c["aggregate"] != row["aggregate"]]
        counted.append({"aggregate": row["aggregate"], "last": one.sequence})
        for hearer, heard in HEARS.items():
            if type(one.data) in heard:
                self.rows[f"{hearer}.inbox"].append({"event_id": one.id, "type": one.type})

    def _message(self, id: UUID) -> dict[str, Any]:
        row = {
            "id": id,
            "site": "bc",
            "program_id": ROWAN,
            "recipient": "participant",
            "subject": None,
            "state": "sent",
        }
        return row | {
            "state": "sent",
            "text": "check_in",
            "category": "check_in",
            "about": "{}",
            "caused_at": NOW,
            "carried_by": None,
        }

    def seen(self) -> Evidence:
        kept = [Kept(place, one) for place, one in enumerate(self.log, start=1)]
        return Evidence(PROTOCOL, kept, self.rows, Ledger(NOW, (), ()), self.mail_ids)

    def broken(self) -> set[str]:
        seen = self.seen()
        found = [one.rule for invariant in INVARIANTS for one in invariant(seen)]
        return set(found) - OF_THE_WHOLE_PATH


OF_THE_WHOLE_PATH = {"never_referred", "check_in_differs", "state_differs"}
"""This system tells of a moment: nobody was referred, and nothing was due."""


@pytest.fixture
def system() -> SystemUnderTest:
    return SystemUnderTest()


def test_a_house_whose_log_and_tables_agree_breaks_no_rule(system: SystemUnderTest) -> None:
    assert system.broken() == set()


def test_an_event_that_is_told_again_and_out_of_order_changes_nothing(system: SystemUnderTest) -> None:
    system.log += reversed(system.log)
    assert system.broken() == set()


def test_an_outbox_row_that_never_came_to_the_stream_is_lost(system: SystemUnderTest) -> None:
    lost = system.log.pop(2)
    assert {"outbox_row_lost", "gap_in_a_sequence", "heard_out_of_nothing"} <= system.broken(), lost


def test_an_event_of_no_outbox_came_out_of_nothing(system: SystemUnderTest) -> None:
    system.rows["session.outbox"].clear()
    assert "event_out_of_nothing" in system.broken()


def test_an_event_that_overtook_another_shows_as_a_gap(system: SystemUnderTest) -> None:
    system.log[0], system.log[2] = system.log[2], system.log[0]
    assert "gap_in_a_sequence" in system.broken()


def test_an_event_that_says_other_than_its_row_is_found(system: SystemUnderTest) -> None:
    row = system.rows["session.outbox"][0]
    row["data"] = row["data"].replace("attended", "absent")
    assert "outbox_row_differs" in system.broken()


def test_whoever_did_not_hear_what_they_should_is_found(system: SystemUnderTest) -> None:
    system.rows["scheduler.inbox"].pop()
    assert "not_heard" in system.broken()


def test_a_fact_that_the_scheduler_lacks_or_made_up_is_found(system: SystemUnderTest) -> None:
    system.rows["scheduler.program_fact"][1]["item"] = "dose:2"
    assert {"fact_missing", "fact_out_of_nothing"} <= system.broken()


@pytest.mark.parametrize(("stands", "rules"), [("active", set()), ("withdrawn", {"seat_held_by_nobody"})])
def test_a_seat_that_somebody_holds_who_left_is_found(system: SystemUnderTest, stands: str, rules: set[str]) -> None:
    system.rows["scheduler.program"] = [{"id": ROWAN, "state": stands}]
    system.rows["scheduler.seat"] = [
        {"cohort_id": PAGE, "number": 1, "program_id": ROWAN, "state": "taken"},
        {"cohort_id": PAGE, "number": 2, "program_id": None, "state": "free"},
    ]
    assert system.broken() == rules


def test_what_is_still_owed_is_found(system: SystemUnderTest) -> None:
    system.rows["integration.obligation"][0] |= {"closed_at": None, "closure": None}
    assert {"never_closed", "owed_otherwise"} <= system.broken()


def test_what_became_nobodys_is_found(system: SystemUnderTest) -> None:
    system.rows["integration.obligation"].clear()
    assert {"forgotten", "owed_otherwise"} <= system.broken()


def test_the_same_thing_owed_twice_to_one_person_is_found(system: SystemUnderTest) -> None:
    system.rows["notifications.message"].append(system._message(PAGE))
    assert "told_twice" in system.broken()


def test_a_second_copy_of_a_mail_is_a_fault_unless_an_attempt_ended_in_doubt(system: SystemUnderTest) -> None:
    system.mail_ids *= 2
    assert system.broken() == {"sent_twice"}
    system.rows["notifications.attempt"] *= 2
    assert system.broken() == set()


def test_a_mail_that_was_told_as_sent_must_have_arrived(system: SystemUnderTest) -> None:
    system.mail_ids.clear()
    assert system.broken() == {"sent_and_never_arrived"}


def test_a_row_of_the_audit_trail_that_was_changed_is_found(system: SystemUnderTest) -> None:
    system.rows["intake.audit"][0]["actor"] = "nobody"
    assert system.broken() == {"audit_chain_broken"}


def test_an_audit_trail_whose_end_is_cut_off_is_found(system: SystemUnderTest) -> None:
    system.rows["intake.audit"].pop()
    assert system.broken() == {"audit_chain_broken"}


@pytest.mark.parametrize(("revision", "rules"), [(2, set()), (3, {"answer_not_in_the_trail"})])
def test_an_answer_that_cleared_a_dose_must_be_in_the_trail_of_who_gave_it(
    system: SystemUnderTest, revision: int, rules: set[str]
) -> None:
    proof = [{"authority": "intake", "revision": revision, "answered_at": NOW.isoformat()}]
    system.rows["session.dose"] = [{"program_id": ROWAN, "item": "dose:1", "clearances": json.dumps(proof)}]
    assert {one.rule for one in trail.answers_are_in_the_trail(system.seen())} == rules


@pytest.mark.parametrize(("text", "rules"), [("tasks", set()), ("check_in", {"kept_otherwise", "never_closed"})])
def test_only_a_mail_about_tasks_may_still_wait_for_others(system: SystemUnderTest, text: str, rules: set[str]) -> None:
    waiting = system._message(PAGE) | {"text": text, "state": "waiting", "recipient": "coordinator", "rule": None}
    system.rows["notifications.message"].append(waiting)
    owed = {"id": MAIL, "program_id": None, "kind": "message", "item": str(PAGE), "owner": "homeward", "stage": "open"}
    owed |= {"deadline": NOW, "wake_at": NOW, "closed_at": None, "closure": None}
    system.rows["notifications.obligation"].append(owed)
    assert system.broken() == rules


def test_a_dropped_notice_of_an_appointment_that_is_nobodys_call_is_found(system: SystemUnderTest) -> None:
    dropped = system._message(PAGE) | {"category": "session_reminder", "text": "session_reminder", "rule": "cap"}
    system.rows["notifications.message"].append(dropped | {"state": "suppressed"})
    assert "untold" in system.broken()
    owed = system.rows["integration.obligation"][0]
    system.rows["notifications.obligation"].append(owed | {"kind": "undelivered", "item": str(PAGE)})
    assert "untold" not in system.broken()
