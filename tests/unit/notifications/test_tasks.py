"""When an owner hears of a task, and who else does when nobody has that role."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.notifications.domain.paging import OnCall
from services.notifications.domain.tasks import Task, as_told, duties, told_at, told_of
from shared.protocol.vocabulary import Role
from tests.unit.notifications.emails import DENVER, MONDAY_MORNING, VANCOUVER, at, manners

COORA = OnCall(1, "coora", Role.COORDINATOR, "coora@clinic.invalid")
CORIN = OnCall(2, "corin", Role.COORDINATOR, "corin@clinic.invalid")
CLARA = OnCall(3, "clara", Role.CLINICIAN, "clara@clinic.invalid")


def task(kind: str = "screening_review", *, due_in: timedelta, now: datetime, number: int = 1) -> Task:
    return Task(UUID(int=number), "bc", kind, "clinician", "open", now + due_in, is_open=True, sequence=1)


def goes(due_in: timedelta, now: datetime, kind: str = "screening_review") -> datetime:
    return told_at(task(kind, due_in=due_in, now=now), manners(), VANCOUVER, now)


def test_tasks_of_a_short_while_are_told_together_on_full_five_minutes() -> None:
    moments = [at(7, "10:00:01"), at(7, "10:02"), at(7, "10:05")]
    assert {goes(timedelta(days=2), moment) for moment in moments} == {at(7, "10:05")}


def test_at_night_a_task_waits_for_the_morning_of_the_sites_zone() -> None:
    assert goes(timedelta(days=2), at(7, "23:01")) == at(8, "08:00")
    other = told_at(task(due_in=timedelta(days=2), now=at(7, "23:01")), manners(), DENVER, at(7, "23:01"))
    assert other == at(8, "08:00", DENVER)


def test_a_task_that_would_lose_half_its_time_is_told_at_night() -> None:
    assert goes(timedelta(hours=10), at(7, "23:01")) == at(7, "23:05")
    assert goes(timedelta(minutes=5), at(7, "23:01")) == at(7, "23:01:30")


def test_what_is_overdue_already_waits_for_the_morning() -> None:
    assert goes(-timedelta(hours=1), at(7, "23:01")) == at(8, "08:00")


def test_an_urgent_kind_waits_for_nothing_but_its_own_moment() -> None:
    assert goes(timedelta(days=2), at(7, "23:01"), "risk") == at(7, "23:01:30")


def test_everybody_of_the_role_hears_once_and_where_there_is_nobody_the_coordinators_do() -> None:
    twice = OnCall(4, "clara", Role.CLINICIAN, "clara@clinic.invalid")
    assert told_of((COORA, CLARA, CORIN, twice), "clinician") == (twice,)
    assert told_of((COORA, CLARA, CORIN), "coordinator") == (COORA, CORIN)
    assert told_of((COORA, CLARA, CORIN), "prescriber") == (COORA, CORIN)
    assert told_of((CLARA,), "prescriber") == (CLARA,)
    assert told_of((), "prescriber") == ()


def test_a_mail_gathers_by_kind_in_the_order_of_deadlines_and_says_which_are_overdue() -> None:
    now = MONDAY_MORNING
    tasks = [
        task("risk", due_in=timedelta(hours=2), now=now),
        task(due_in=timedelta(days=2), now=now, number=2),
        task(due_in=-timedelta(days=1), now=now, number=3),
    ]
    risk, review = duties(as_told(tasks), ZoneInfo("America/Vancouver"), now)
    assert [due.id for due in risk.tasks] == [str(UUID(int=1))]
    assert [(due.id, due.is_overdue) for due in review.tasks] == [(str(UUID(int=3)), True), (str(UUID(int=2)), False)]
    assert review.tasks[1].deadline.utcoffset() == timedelta(hours=-7)
