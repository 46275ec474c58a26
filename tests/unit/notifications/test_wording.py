"""Times as a person reads them."""

from zoneinfo import ZoneInfo

import pytest

from services.notifications.domain.wording import place, place_and_time, time_in_words
from tests.unit.notifications.emails import DENVER, MONDAY_MORNING, VANCOUVER, at

HALIFAX, AUCKLAND = ZoneInfo("America/Halifax"), ZoneInfo("Pacific/Auckland")


def test_a_time_names_the_place_whose_clocks_are_meant() -> None:
    assert place_and_time(MONDAY_MORNING, VANCOUVER, VANCOUVER) == "Monday 7 January, 10:00, Vancouver time"


def test_where_the_sites_clocks_show_another_time_both_are_said() -> None:
    said = place_and_time(MONDAY_MORNING, HALIFAX, VANCOUVER)
    assert said == "Monday 7 January, 13:00, Halifax time (10:00, Vancouver time)"


def test_where_it_is_another_day_at_the_site_the_day_is_said_too() -> None:
    said = place_and_time(MONDAY_MORNING, AUCKLAND, VANCOUVER)
    assert said == "Tuesday 8 January, 06:00, Auckland time (Monday 7 January, 10:00, Vancouver time)"


def test_two_zones_that_show_the_same_time_need_no_second_one() -> None:
    assert place_and_time(MONDAY_MORNING, ZoneInfo("America/Boise"), DENVER).endswith("10:00, Boise time")


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("America/Argentina/Buenos_Aires", "Buenos Aires, Argentina time"),
        ("America/Port-au-Prince", "Port-au-Prince time"),
        ("Etc/UTC", "UTC"),
        ("UTC", "UTC"),
        ("Etc/GMT+5", "UTC-05:00"),
    ],
)
def test_a_zone_of_no_place_is_said_by_its_offset(zone: str, said: str) -> None:
    assert place(ZoneInfo(zone), MONDAY_MORNING) == said


def test_no_abbreviation_of_a_zone_is_said() -> None:
    for day in (7, 20):
        assert "(" not in time_in_words(at(day, "09:00"), VANCOUVER)
