"""What becomes of a message at send time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.delivery_policy import WEEK, quiet_until
from services.notifications.domain.message import MessageState
from services.notifications.domain.sending import (
    Fail,
    Outcome,
    Send,
    Sent,
    Suppress,
    TryAgain,
    Wait,
    after,
    carried_along,
    decide,
)
from tests.unit.notifications.emails import DENVER, MONDAY_MORNING, NIGHT, VANCOUVER, a_message, at, manners, situation


def test_by_day_a_message_is_sent_at_once() -> None:
    assert decide(a_message(), situation(), manners(), MONDAY_MORNING) == Send()


def test_at_night_it_waits_until_the_quiet_hours_end() -> None:
    assert decide(a_message(), situation(), manners(), at(7, "21:00")) == Wait(at(8, "08:00"))
    assert decide(a_message(), situation(), manners(), at(8, "07:59")) == Wait(at(8, "08:00"))


def test_the_quiet_hours_are_those_of_the_recipients_zone() -> None:
    in_denver = datetime(2030, 7, 1, 8, tzinfo=DENVER).astimezone(UTC)
    message = a_message(best_before=in_denver + timedelta(days=1))
    assert decide(message, situation(zone=DENVER), manners(), in_denver) == Send()
    an_hour_later = in_denver + timedelta(hours=1)
    assert decide(message, situation(zone=VANCOUVER), manners(), in_denver) == Wait(an_hour_later)


def test_eight_stays_eight_when_the_clocks_change_in_the_night() -> None:
    evening = datetime(2030, 3, 9, 22, tzinfo=DENVER).astimezone(UTC)
    morning = datetime(2030, 3, 10, 8, tzinfo=DENVER).astimezone(UTC)
    assert quiet_until(NIGHT, DENVER, evening) == morning
    assert morning - evening == timedelta(hours=9)


def test_a_safety_message_is_sent_in_the_night_and_over_the_cap() -> None:
    crowded = situation(sent=(at(7, "20:00"), at(7, "20:30")))
    assert decide(a_message(), crowded, manners(exempt=True), at(7, "23:00")) == Send()


def test_no_cap_holds_what_must_reach_the_participant_but_the_quiet_hours_do() -> None:
    crowded = situation(sent=(at(5, "09:00"), at(6, "09:00"), at(7, "09:00")))
    assert decide(a_message(), crowded, manners(must_reach=True), MONDAY_MORNING) == Send()
    assert decide(a_message(), crowded, manners(must_reach=True), at(7, "22:00")) == Wait(at(8, "08:00"))


def test_one_a_day_then_it_waits_for_the_morning_after() -> None:
    assert decide(a_message(), situation(sent=(at(7, "09:00"),)), manners(), MONDAY_MORNING) == Wait(at(8, "08:00"))


def test_three_a_week_then_it_waits_until_the_first_of_them_is_a_week_old() -> None:
    sent = (at(3, "11:00"), at(5, "11:00"), at(6, "11:00"))
    message = a_message(best_before=at(12, "00:00"))
    assert decide(message, situation(sent=sent), manners(), MONDAY_MORNING) == Wait(at(10, "11:00"))


def test_a_cap_that_leaves_no_room_before_the_best_before_suppresses_it() -> None:
    message = a_message(best_before=at(7, "20:00"))
    assert decide(message, situation(sent=(at(7, "09:00"),)), manners(), MONDAY_MORNING) == Suppress("cap")
    assert decide(message, situation(), manners(max_per_week=0), MONDAY_MORNING) == Suppress("cap")


def test_quiet_hours_that_last_longer_than_its_worth_suppress_it() -> None:
    message = a_message(best_before=at(8, "07:00"))
    assert decide(message, situation(), manners(), at(7, "22:00")) == Suppress("best_before")


def test_without_its_reason_it_is_not_sent() -> None:
    assert decide(a_message(), situation(reason_stands=False), manners(), MONDAY_MORNING) == Suppress("reason_gone")


def test_who_opted_out_hears_nothing_not_even_a_safety_check_in() -> None:
    assert decide(a_message(), situation(opted_out=True), manners(exempt=True), MONDAY_MORNING) == Suppress("opted_out")


def test_after_its_best_before_it_is_suppressed() -> None:
    late = MONDAY_MORNING + timedelta(days=2)
    assert decide(a_message(), situation(), manners(), late) == Suppress("best_before")


def test_after_its_best_before_it_has_failed_when_sending_was_tried() -> None:
    late = MONDAY_MORNING + timedelta(days=2)
    assert decide(a_message(attempts=1), situation(), manners(), late) == Fail()
    assert decide(a_message(state=MessageState.SENDING), situation(), manners(), late) == Fail("in_doubt")


def test_a_failure_is_tried_again_after_a_growing_delay_and_last_at_the_best_before() -> None:
    delays = [after(Outcome.UNREACHABLE, a_message(attempts=n), 0, MONDAY_MORNING) for n in (0, 1, 2, 9)]
    minutes = [again.at - MONDAY_MORNING for again in delays if isinstance(again, TryAgain)]
    assert minutes == [timedelta(minutes=m) for m in (1, 2, 4, 60)]
    short = a_message(attempts=9, best_before=MONDAY_MORNING + timedelta(minutes=5))
    assert after(Outcome.NO_ANSWER, short, 0, MONDAY_MORNING) == TryAgain(short.best_before)


def test_only_a_lost_connection_leaves_a_doubt() -> None:
    outcomes = {outcome: after(outcome, a_message(), 1, MONDAY_MORNING) for outcome in Outcome}
    doubts = [outcome for outcome, then in outcomes.items() if isinstance(then, TryAgain) and then.in_doubt]
    assert doubts == [Outcome.DOUBT]
    assert outcomes[Outcome.ACCEPTED] == Sent()
    assert outcomes[Outcome.REFUSED] == Fail()
    assert outcomes[Outcome.NO_CONTACT] == Suppress("no_contact")


def test_a_second_doubt_is_a_persons_to_find_out() -> None:
    assert after(Outcome.DOUBT, a_message(attempts=1), 2, MONDAY_MORNING) == Fail("in_doubt")
    assert after(Outcome.UNREACHABLE, a_message(attempts=2), 2, MONDAY_MORNING) == TryAgain(
        MONDAY_MORNING + timedelta(minutes=4)
    )


def test_one_mail_carries_what_else_waits_and_may_be_said() -> None:
    waits, gone, out, stale = (a_message() for _ in range(4))
    stale = a_message(best_before=MONDAY_MORNING)
    others = [
        (waits, situation()),
        (gone, situation(reason_stands=False)),
        (out, situation(opted_out=True)),
        (stale, situation()),
        (a_message(state=MessageState.SENDING), situation()),
    ]
    assert carried_along(others, MONDAY_MORNING) == (waits,)


HOURS = st.integers(min_value=0, max_value=24 * 14)


@given(st.lists(HOURS, max_size=6), HOURS, st.integers(1, 3), st.integers(1, 5), st.integers(1, 24 * 7))
def test_a_polite_message_is_never_early_nor_at_night_nor_one_too_many(
    sent_hours: list[int], now_hours: int, per_day: int, per_week: int, worth_hours: int
) -> None:
    start = at(7, "00:30")
    now = start + timedelta(hours=now_hours)
    sent = tuple(start + timedelta(hours=hours) for hours in sent_hours if hours <= now_hours)
    message = a_message(caused_at=now, best_before=now + timedelta(hours=worth_hours))
    decision = decide(message, situation(sent=sent), manners(max_per_day=per_day, max_per_week=per_week), now)
    if isinstance(decision, Suppress):
        assert decision.rule in ("cap", "best_before")
        return
    assert isinstance(decision, Send | Wait)
    when = now if isinstance(decision, Send) else decision.until
    local = when.astimezone(VANCOUVER)
    assert now <= when < message.best_before
    assert 8 <= local.hour < 21
    assert sum(moment.astimezone(VANCOUVER).date() == local.date() for moment in sent) < per_day
    assert sum(moment > when - WEEK for moment in sent) < per_week
