#!/usr/bin/env bash
# icalendar 7.3.0 (PyPI), Calendar.add_missing_timezones(), writes a zone's changes as one RDATE with a list of dates, which is
# valid (RFC 5545, 3.8.5.2). ical.js 2.2.1 (npm), which many web calendars use, takes only the first date of each list, so
# that after 1970 the clocks never change for it: every appointment in summer time is read an hour late.
# Safe: times in UTC, or one RDATE a line. Needs Python 3.11 or newer and Node.js 20 or newer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check icalendar==7.3.0 tzdata==2026.6
npm install --silent --no-audit --no-fund ical.js@2.2.1 >/dev/null

cat > write.py <<'PY'
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

calendar = Calendar()
calendar.add("version", "2.0")
calendar.add("prodid", "-//example//zones//EN")
for month in (1, 7):
    event = Event()
    event.add("uid", f"{month}@example.org")
    event.add("dtstamp", datetime(2026, 12, 1, tzinfo=UTC))
    event.add("dtstart", datetime(2027, month, 11, 9, 0, tzinfo=ZoneInfo("America/Denver")))
    calendar.add_component(event)
    print("written", event.start.astimezone(UTC).isoformat())
calendar.add_missing_timezones()
Path("zones.ics").write_bytes(calendar.to_ical())
one_a_line = []
for line in calendar.to_ical().decode().replace("\r\n ", "").split("\r\n"):
    name, _, value = line.partition(":")
    one_a_line += [f"RDATE:{date}" for date in value.split(",")] if name == "RDATE" else [line]
Path("one-a-line.ics").write_bytes("\r\n".join(one_a_line).encode())
PY
cat > read.mjs <<'JS'
import fs from 'node:fs';
import ICAL from 'ical.js';
const file = process.argv[2];
const calendar = new ICAL.Component(ICAL.parse(fs.readFileSync(file, 'utf8')));
calendar.getAllSubcomponents('vtimezone').forEach((zone) => ICAL.TimezoneService.register(zone));
for (const part of calendar.getAllSubcomponents('vevent'))
  console.log(file, new ICAL.Event(part).startDate.toJSDate().toISOString());
JS
{ PYTHONTZPATH= venv/bin/python write.py; node read.mjs zones.ics; node read.mjs one-a-line.ics; } | tee seen
cat > expected <<'TXT'
written 2027-01-11T16:00:00+00:00
written 2027-07-11T15:00:00+00:00
zones.ics 2027-01-11T16:00:00.000Z
zones.ics 2027-07-11T16:00:00.000Z
one-a-line.ics 2027-01-11T16:00:00.000Z
one-a-line.ics 2027-07-11T15:00:00.000Z
TXT
diff expected seen && echo "As described: July is an hour late in the file that icalendar made."
