"""When people act: on the wall clock of their site, at few instants, so that a rehearsal takes few steps."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

COORDINATORS = ("10:00", "14:00")
CLINICIANS = ("11:00",)
PARTICIPANTS = ("12:00", "18:00")
ANY_DAY = range(7)
WORKING_DAYS = range(5)


@cache
def zone_of(name: str) -> ZoneInfo:
    """A zone from the pinned tzdata package, whatever the machine's own zone files say."""
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def at_clock(day: date, clock: str, zone: str, *, days: int = 0) -> datetime:
    """That time on the wall, so many days later, as an instant."""
    wall = datetime.combine(day + timedelta(days=days), time.fromisoformat(clock), zone_of(zone))
    return wall.astimezone(UTC)


def next_clock(after: datetime, clocks: tuple[str, ...], zone: str, on: range = ANY_DAY) -> datetime:
    """The first of these times on the wall that lies after an instant, on those weekdays (0 is Monday)."""
    today = local_day(after, zone)
    coming = (
        at_clock(today, clock, zone, days=days)
        for days in range(8)
        if (today + timedelta(days=days)).weekday() in on
        for clock in sorted(clocks)
    )
    return next(at for at in coming if at > after)


def working_hour(after: datetime, clocks: tuple[str, ...], zone: str) -> datetime:
    """The next such hour from Monday to Friday."""
    return next_clock(after, clocks, zone, WORKING_DAYS)


def in_time(after: datetime, deadline: datetime, clocks: tuple[str, ...], zone: str) -> datetime:
    """The next such hour of a working day; of any day, by whoever is on call, when that would be too late."""
    usual = working_hour(after, clocks, zone)
    return usual if usual < deadline else next_clock(after, clocks, zone)


def local_day(at: datetime, zone: str) -> date:
    return at.astimezone(zone_of(zone)).date()


def next_minutes(after: datetime, minutes: int) -> datetime:
    """The first whole multiple of so many minutes of the hour that is not before an instant."""
    begun = after.replace(minute=after.minute // minutes * minutes, second=0, microsecond=0)
    return begun if begun == after else begun + timedelta(minutes=minutes)
