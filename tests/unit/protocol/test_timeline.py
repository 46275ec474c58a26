"""A protocol's picture shows everything that has a day, and says what has none."""

import xml.etree.ElementTree as xml

import pytest

from cli.protocol.timeline import timeline
from shared.migrations import ROOT
from shared.protocol.calendar import FromInput
from shared.protocol.library import ProtocolLibrary
from shared.protocol.model import Protocol

LIBRARY = ProtocolLibrary(ROOT / "protocols")
SVG = "{http://www.w3.org/2000/svg}"


def titles(protocol: Protocol) -> list[str]:
    return [title.text or "" for title in xml.fromstring(timeline(protocol)).iter(f"{SVG}title")]


@pytest.mark.parametrize("protocol", LIBRARY.all(), ids=lambda protocol: protocol.id)
def test_every_session_with_a_day_stands_in_the_picture(protocol: Protocol) -> None:
    planned = [session for session in protocol.sessions if not isinstance(session.at, FromInput)]
    shown = titles(protocol)
    assert [one for one in planned if not any(f"{one.key}: {one.title} (" in title for title in shown)] == []


def test_a_day_is_said_by_its_week_and_the_day_of_that_week() -> None:
    assert "dose:1: Medicine session 1 (week 3, Tuesday (day 2))" in titles(LIBRARY.latest("weekly6"))
    assert "Six-month follow-up (week 38, Monday (day 1))" in titles(LIBRARY.latest("weekly6"))


def test_doses_whose_weeks_each_cohort_chooses_are_said_in_words() -> None:
    assert "chosen when a cohort is opened: dose 1, dose 2, dose 3." in timeline(LIBRARY.latest("rtt3"))
