"""Whatever order a session's bookings and «due» come in, and however often, every service has it at the same time."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.integration.domain import circles
from services.integration.domain.circles import Circle
from services.session.domain import roster
from services.session.domain.roster import Session
from shared.events.base import ProtocolPin
from shared.projection.calendar import is_news
from shared.protocol.vocabulary import SessionKind

NINE = datetime(2030, 1, 8, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)
PIN = ProtocolPin(id="weekly6", version="1.0.0", hash="a" * 64)
ID, COHORT = UUID(int=1), UUID(int=2)

Word = tuple[str, int, datetime]
"""`booked`, `cancelled` or `due`; the calendar's revision; when the session begins."""
Fold = Callable[[Any, Word], Any]


def session(word: Word) -> Session:
    what, revision, starts_at = word
    return Session(
        id=ID,
        site="bc",
        cohort_id=COHORT,
        item="dose:1",
        kind=SessionKind.DOSE,
        starts_at=starts_at,
        ends_at=starts_at + HOUR,
        no_show_at=starts_at + HOUR / 2 if what == "due" else None,
        zone="America/Vancouver",
        calendar_revision=0 if what == "due" else revision,
        protocol=PIN,
        cancelled=what == "cancelled",
    )


def circle(word: Word) -> Circle:
    what, revision, starts_at = word
    return Circle(
        session_id=ID,
        site="bc",
        cohort_id=COHORT,
        item="circle:1",
        missed_item=None,
        starts_at=starts_at,
        ends_at=starts_at + HOUR,
        no_show_at=starts_at + HOUR / 2 if what == "due" else None,
        zone="America/Vancouver",
        calendar_revision=0 if what == "due" else revision,
        protocol_id=PIN.id,
        protocol_version=PIN.version,
        protocol_hash=PIN.hash,
        state=what,  # type: ignore[arg-type]  # the words are its states
    )


def in_session(known: Session | None, word: Word) -> Session:
    told = session(word)
    if word[0] == "due":
        return roster.declared_due(known, told)
    return roster.rebooked(known, told) if known else told


def in_integration(known: Circle | None, word: Word) -> Circle:
    told = circle(word)
    if word[0] == "due":
        return circles.declared_due(known, told)
    return circles.rebooked(known, told) if known else told


def in_notifications(known: Word | None, word: Word) -> Word | None:
    """Notifications do not hear of «due»: what they tell of is the calendar."""
    if word[0] == "due":
        return known
    return word if known is None or is_news(word[1], known[1]) else known


SERVICES = [in_session, in_integration, in_notifications]


def folded(fold: Fold, words: Iterable[Word]) -> Any:
    kept = None
    for word in words:
        kept = fold(kept, word)
    return kept


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Word], list[Word]]:
    """What the scheduler tells of one session in its order, and the same in another order, with repeats."""
    times = draw(st.lists(st.sampled_from([NINE, NINE + HOUR, None]), min_size=1, max_size=5))
    told: list[Word] = []
    starts_at = NINE
    for revision, at in enumerate(times, start=1):
        starts_at = at or starts_at
        told.append(("booked" if at else "cancelled", revision, starts_at))
    if told[-1][0] == "booked" and draw(st.booleans()):
        told.append(("due", 0, starts_at))
    repeats = draw(st.lists(st.sampled_from(told)))
    return told, draw(st.permutations(told + repeats))


@pytest.mark.parametrize("fold", SERVICES)
@given(histories=histories())
def test_any_order_with_repeats_ends_in_the_same_session(fold: Fold, histories: tuple[list[Word], list[Word]]) -> None:
    in_order, shuffled = histories
    assert numbered(folded(fold, shuffled)) == numbered(folded(fold, in_order))


def numbered(kept: Any) -> Any:
    """Return a session without the calendar's revision: of one that is due it says nothing any more."""
    return replace(kept, calendar_revision=0) if isinstance(kept, Session | Circle) else kept


@pytest.mark.parametrize("fold", [in_session, in_integration])
def test_a_session_that_is_due_takes_place_as_that_said_whichever_booking_is_heard_before_or_after(fold: Fold) -> None:
    older, cancelled, newest = ("booked", 1, NINE - HOUR), ("cancelled", 2, NINE - HOUR), ("booked", 3, NINE)
    for before in ([], [older], [cancelled]):
        for after in ([], [older], [newest]):
            due = folded(fold, [*before, ("due", 0, NINE), *after])
            assert (due.starts_at, due.no_show_at) == (NINE, NINE + HOUR / 2)
            assert not getattr(due, "cancelled", False)
            assert getattr(due, "state", "due") == "due"
