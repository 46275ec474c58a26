"""Times as a person reads them: on the wall clock of a place that is named."""

from datetime import datetime
from zoneinfo import ZoneInfo


def day_in_words(moment: datetime, zone: ZoneInfo) -> str:
    """Return the day in a zone: `Tuesday 3 March`."""
    local = moment.astimezone(zone)
    return f"{local:%A} {local.day} {local:%B}"


def time_in_words(moment: datetime, zone: ZoneInfo) -> str:
    """Return the wall-clock time in a zone, without the place: `Tuesday 3 March, 09:00`."""
    return f"{day_in_words(moment, zone)}, {moment.astimezone(zone):%H:%M}"


def place_and_time(moment: datetime, zone: ZoneInfo, site_zone: ZoneInfo) -> str:
    """Return the recipient's wall-clock time with its place, and the site's where its clocks show another.

    `Tuesday 3 March, 13:00, Halifax time (09:00, Vancouver time)`. Zone abbreviations are not used: programs disagree
    on them (one says MST where another says PDT for the same hour in Vancouver).
    """
    words = f"{time_in_words(moment, zone)}, {place(zone, moment)}"
    here, there = moment.astimezone(zone), moment.astimezone(site_zone)
    if here.utcoffset() == there.utcoffset():
        return words
    other = f"{there:%H:%M}" if here.date() == there.date() else time_in_words(moment, site_zone)
    return f"{words} ({other}, {place(site_zone, moment)})"


def place(zone: ZoneInfo, moment: datetime) -> str:
    """Return whose clocks are meant: `Vancouver time`, `Knox, Indiana time`; an offset for a zone of no place."""
    area, *names = zone.key.replace("_", " ").split("/")
    if not names or area == "Etc":
        local = moment.astimezone(zone)
        return f"UTC{local.isoformat()[-6:]}" if local.utcoffset() else "UTC"
    return f"{', '.join(reversed(names))} time"
