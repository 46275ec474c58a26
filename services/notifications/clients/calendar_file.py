"""Appointments as iCalendar (RFC 5545, RFC 5546), so that a calendar of the recipient's own keeps up with ours."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import icalendar

from services.notifications.domain.email import Appointment
from shared.sites import Site

UID_DOMAIN = "homeward.invalid"
"""Never changes: a calendar knows an appointment by its UID alone, whoever sends the mail."""
ALARMS = (timedelta(days=1), timedelta(hours=2))
"""How long before an appointment a calendar rings."""
Method = Literal["PUBLISH", "CANCEL"]


@dataclass(frozen=True)
class CalendarFile:
    """One file of a mail; a file has one method for all that is in it."""

    method: Method
    name: str
    content: str


def calendar_files(
    appointments: Iterable[Appointment], provider: Site, organizer: str, dated: datetime
) -> tuple[CalendarFile, ...]:
    """Return one file of the appointments that are held and one of those that are cancelled, as far as there are any.

    `organizer` is an e-mail address; `dated` makes the files the same at each try.
    """
    told = tuple(appointments)
    held = [appointment for appointment in told if not appointment.cancelled]
    cancelled = [appointment for appointment in told if appointment.cancelled]
    files: list[CalendarFile] = []
    if held:
        events = [_held(appointment, provider, organizer, dated) for appointment in held]
        files.append(CalendarFile("PUBLISH", "appointment.ics", _calendar("PUBLISH", events)))
    if cancelled:
        events = [_cancelled(appointment, provider, organizer, dated) for appointment in cancelled]
        files.append(CalendarFile("CANCEL", "cancelled.ics", _calendar("CANCEL", events)))
    return tuple(files)


def _calendar(method: Method, events: Iterable[icalendar.Event]) -> str:
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Homeward//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    for event in events:
        calendar.add_component(event)
    return str(calendar.to_ical().decode())


def _held(appointment: Appointment, provider: Site, organizer: str, dated: datetime) -> icalendar.Event:
    event = _event(appointment, provider, organizer, dated)
    event.add("status", "CONFIRMED")
    for before in ALARMS:
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", _title(provider))
        alarm.add("trigger", -before)
        event.add_component(alarm)
    return event


def _cancelled(appointment: Appointment, provider: Site, organizer: str, dated: datetime) -> icalendar.Event:
    """One client replaces the event with what the file says, another merges the two: so everything is said again."""
    event = _event(appointment, provider, organizer, dated)
    event.add("status", "CANCELLED")
    return event


def _event(appointment: Appointment, provider: Site, organizer: str, dated: datetime) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", f"{appointment.session_id}@{UID_DOMAIN}")
    event.add("sequence", appointment.revision)
    event.add("dtstamp", dated.astimezone(UTC))
    event.add("dtstart", appointment.starts_at.astimezone(UTC))
    event.add("dtend", appointment.ends_at.astimezone(UTC))
    event.add("summary", _title(provider))
    event.add("description", f"Questions? Please call {provider.phone}.")
    if provider.address:
        event.add("location", provider.address)
    by = icalendar.vCalAddress(f"mailto:{organizer}")
    by.params["cn"] = provider.name
    event.add("organizer", by)
    return event


def _title(provider: Site) -> str:
    return f"Appointment with {provider.name}"
