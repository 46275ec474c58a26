"""Exact time keeps the time line, days keep the time of day: in every zone, over every change of its clocks."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.protocol.differences import differences
from shared.protocol.load import load_protocol
from shared.protocol.spans import (
    CalendarDays,
    Days,
    Duration,
    ForwardSpan,
    SignedSpan,
    hashed,
    iso,
    later,
    nominal_length,
)
from tests.unit.protocol.conftest import WEEKLY6

SOME_YEARS = (datetime(2016, 1, 1, tzinfo=UTC), datetime(2032, 1, 1, tzinfo=UTC))
DAY, STEP = timedelta(days=1), timedelta(days=12)
A_CENTURY = timedelta(days=36_500)
DENVER = ZoneInfo("America/Denver")


@cache
def changes() -> tuple[tuple[ZoneInfo, datetime], ...]:
    """Each instant within some years at which a zone's clocks change, to the step."""
    found = []
    for zone in map(ZoneInfo, sorted(available_timezones() - {"localtime"})):
        at, offset = SOME_YEARS[0], SOME_YEARS[0].astimezone(zone).utcoffset()
        while at < SOME_YEARS[1]:
            at += STEP
            now = at.astimezone(zone).utcoffset()
            if now != offset:
                found.append((zone, at - STEP))
                offset = now
    return tuple(found)


@st.composite
def around_a_change(draw: st.DrawFn) -> tuple[ZoneInfo, datetime]:
    """An instant from some days before a change of a zone's clocks to some days after, often on a full minute."""
    zone, before = draw(st.sampled_from(changes()))
    minutes = draw(st.integers(-3 * 1440, 15 * 1440))
    return zone, before + timedelta(minutes=minutes, seconds=draw(st.sampled_from((0, 0, 0, 59))))


thorough = settings(max_examples=300)


def test_the_clocks_of_many_zones_change_within_these_years() -> None:
    assert len({zone.key for zone, _ in changes()}) > 200


@thorough
@given(around_a_change(), st.integers(-15, 15))
def test_days_keep_the_time_of_day_forward_and_backward(around: tuple[ZoneInfo, datetime], count: int) -> None:
    zone, instant = around
    before, moved = instant.astimezone(zone), later(instant, CalendarDays(count), zone)
    wanted = before.replace(tzinfo=None, fold=0) + timedelta(days=count)
    now = moved.astimezone(zone)
    if count == 0:
        assert moved == instant
    elif now.replace(tzinfo=None, fold=0) == wanted:
        assert now.fold == 0, "of a time that comes twice, it is the first"
    else:
        jump = (moved + DAY).astimezone(zone).utcoffset() - (moved - DAY).astimezone(zone).utcoffset()
        assert now.replace(tzinfo=None) - wanted == jump > timedelta(0), "a time left out lies as much later"


@thorough
@given(around_a_change(), st.integers(-15 * 1440, 15 * 1440))
def test_exact_time_keeps_the_time_line_forward_and_backward(around: tuple[ZoneInfo, datetime], minutes: int) -> None:
    zone, instant = around
    exact = timedelta(minutes=minutes)
    for seen in (instant, instant.astimezone(zone)):
        assert later(seen, exact, zone).timestamp() - instant.timestamp() == exact.total_seconds()
        assert later(later(seen, exact, zone), -exact, zone) == instant


@pytest.mark.parametrize(
    ("instant", "hours"),
    [(datetime(2026, 3, 7, 16, 20, tzinfo=UTC), 23), (datetime(2026, 10, 31, 15, 20, tzinfo=UTC), 25)],
)
def test_a_day_over_a_change_of_the_clocks_is_not_twenty_four_hours(instant: datetime, hours: int) -> None:
    assert later(instant, CalendarDays(1), DENVER) - instant == timedelta(hours=hours)
    assert later(instant, timedelta(hours=24), DENVER) - instant == timedelta(hours=24)


def test_a_time_that_the_clocks_leave_out_lies_an_hour_later_and_of_one_that_comes_twice_it_is_the_first() -> None:
    left_out = later(datetime(2026, 3, 7, 2, 30, tzinfo=DENVER), CalendarDays(1), DENVER)
    assert left_out.astimezone(DENVER).isoformat() == "2026-03-08T03:30:00-06:00"
    twice = later(datetime(2026, 10, 31, 1, 30, tzinfo=DENVER), CalendarDays(1), DENVER)
    assert twice.astimezone(DENVER).isoformat() == "2026-11-01T01:30:00-06:00"
    second = datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=DENVER)
    assert later(second, CalendarDays(0), DENVER).astimezone(DENVER).isoformat() == "2026-11-01T01:30:00-07:00"


def parsed(kind: object, text: object) -> object:
    return TypeAdapter(kind).validate_python(text)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("PT24H", timedelta(hours=24)),
        ("P1D", CalendarDays(1)),
        ("-P2W", CalendarDays(-14)),
        ("P1W3D", CalendarDays(10)),
        ("P0D", CalendarDays(0)),
        ("-PT2H30M", -timedelta(hours=2, minutes=30)),
        ("PT1.5S", timedelta(seconds=1.5)),
    ],
)
def test_a_span_is_what_it_is_written_as_and_comes_back_from_its_json(text: str, span: object) -> None:
    assert parsed(SignedSpan, text) == span
    written = TypeAdapter(SignedSpan).dump_json(span).decode().strip('"')
    assert parsed(SignedSpan, written) == span


def test_where_only_exact_time_is_meant_a_day_is_twenty_four_hours_of_it() -> None:
    assert parsed(Duration, "P6D") == parsed(Duration, "PT144H") == timedelta(hours=144)


@pytest.mark.parametrize("kind", [SignedSpan, ForwardSpan, Duration, Days])
@pytest.mark.parametrize("text", ["P1DT2H", "-P1WT30M"])
def test_a_mixture_is_refused_with_what_to_write_instead(kind: object, text: str) -> None:
    with pytest.raises(ValidationError, match="mixes days of the calendar with exact time: give only days"):
        parsed(kind, text)


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        (Days, "PT720H", "hours are none"),
        (Days, "P0D", "more than zero"),
        (Days, "-P1D", "negative"),
        (ForwardSpan, "-P1D", "negative"),
        (ForwardSpan, "-PT1S", "negative"),
        (SignedSpan, "P40000D", "a hundred years"),
        (SignedSpan, "P1M", "ISO-8601"),
        (SignedSpan, 24, "ISO-8601"),
        (SignedSpan, "P", "ISO-8601"),
    ],
)
def test_what_a_field_does_not_accept_is_said(kind: object, text: object, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        parsed(kind, text)


@given(st.one_of(st.timedeltas(-A_CENTURY, A_CENTURY), st.integers(-36_000, 36_000).map(CalendarDays)))
def test_whatever_is_written_is_read_again(span: timedelta | CalendarDays) -> None:
    assert parsed(SignedSpan, iso(span)) == span
    assert iso(span).startswith("-") == (nominal_length(span) < timedelta(0))


def as_it_was_hashed_before(text: str) -> str:
    """What stood in a content hash while both kinds were one: no pin of an unchanged file may be broken."""
    duration = TypeAdapter(timedelta).validate_python(text)
    length = abs(duration)
    clock = f"T{length.seconds}S" if length.seconds or not length.days else ""
    return f"{'-' if duration < timedelta(0) else ''}P{f'{length.days}D' if length.days else ''}{clock}"


@pytest.mark.parametrize("text", ["PT0S", "P0D", "-P2W", "P6D", "PT24H", "-PT36H", "PT72H", "PT90M", "PT20S", "P365D"])
def test_either_kind_stands_in_a_content_hash_as_it_always_did(text: str) -> None:
    assert hashed(parsed(SignedSpan, text)) == as_it_was_hashed_before(text)


def test_a_protocol_is_known_by_the_hash_that_it_had_before_the_two_kinds_were_told_apart(tmp_path: Path) -> None:
    text = WEEKLY6.read_text()
    assert "remind_before: [P1D]" in text
    (tmp_path / "before.yaml").write_text(text.replace("remind_before: [P1D]", "remind_before: [PT24H]"))
    now, before = load_protocol(WEEKLY6), load_protocol(tmp_path / "before.yaml")
    assert now.content_hash == before.content_hash
    said = {(one.before, one.after) for one in differences(before, now)}
    assert said == {("24 hours before", "1 day before")}
