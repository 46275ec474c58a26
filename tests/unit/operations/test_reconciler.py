"""Which rows a service nudges again, and how often."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.reconciler import Backoff
from shared.watch import OBLIGATIONS
from shared.watched_rows import Row

NOW = datetime(2030, 1, 7, 17, tzinfo=UTC)
WATCH = "session-obligations-bc-0"
RESTS = Row("session-obligation-1", WATCH, OBLIGATIONS, "bc", 3, NOW + timedelta(days=21), behind=False, open=True)
DUE = replace(RESTS, name="session-obligation-2", wake_at=NOW - timedelta(minutes=1))
BEHIND = replace(RESTS, name="scheduler-program-3", workflow_id="scheduler-program-3", wake_at=None, behind=True)


def test_a_row_that_rests_and_is_watched_needs_nothing():
    assert RESTS.needs(NOW) is None


def test_a_row_is_due_from_its_moment_on():
    assert replace(RESTS, wake_at=NOW).needs(NOW) == "due"
    assert replace(RESTS, wake_at=NOW + timedelta(seconds=1)).needs(NOW) is None


def test_a_row_without_a_moment_waits_for_a_nudge():
    assert replace(RESTS, wake_at=None).needs(NOW) is None


def test_a_revision_that_was_not_acted_on_needs_a_nudge():
    assert BEHIND.needs(NOW) == "not acted on"


def test_a_row_that_nobody_watches_is_started_again_although_nothing_is_due():
    assert RESTS.needs(NOW, {RESTS.workflow_id}) == "not watched"


def test_a_nudge_says_how_the_row_stands():
    plan = RESTS.plan
    assert (plan.revision, plan.wake_at, plan.open) == (3, RESTS.wake_at, True)


def test_nobody_is_nudged_who_stands_still_for_a_moment():
    backoff = Backoff(5)
    assert backoff.due([DUE], at=0) == []
    assert backoff.due([], at=4) == []
    assert backoff.due([DUE], at=8) == []
    assert backoff.due([DUE], at=13) == [DUE]


def test_whom_a_nudge_does_not_help_is_nudged_ever_more_seldom():
    backoff = Backoff(5)
    nudged = [at for at in range(0, 200, 5) if backoff.due([DUE], at)]
    assert nudged == [5, 10, 20, 40, 80, 160]


def test_a_row_that_moved_on_begins_its_waits_anew():
    backoff = Backoff(5)
    backoff.due([DUE], at=0)
    assert backoff.due([replace(DUE, revision=4)], at=5) == []


def test_each_row_waits_on_its_own():
    backoff = Backoff(5)
    backoff.due([DUE], at=0)
    assert backoff.due([DUE, BEHIND], at=5) == [DUE]
    assert backoff.due([DUE, BEHIND], at=10) == [DUE, BEHIND]
