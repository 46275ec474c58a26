#!/usr/bin/env bash
# A calendar file's DURATION:PT24H and DURATION:P1D mean different things on the day the clocks change
# (RFC 5545, 3.3.6: hours are exact, a day is nominal). Three readers, no one tells them apart:
#   icalendar 7.3.0 (PyPI)  ends both after a nominal day, 25 hours here, and writes PT24H back as P1D
#   ical.js 2.2.1 (npm)     ends both after a nominal day
#   node-ical 0.27.2 (npm)  ends both after 24 exact hours
# So an interval that must be exact, such as "24 hours after the session", is safe only as start and end in UTC.
# Needs Python 3.11 or newer and Node.js 20 or newer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check icalendar==7.3.0
npm install --silent --no-audit --no-fund ical.js@2.2.1 node-ical@0.27.2 >/dev/null

cat > write.py <<'PY'
import sys
ZONE = """BEGIN:VTIMEZONE
TZID:America/Denver
BEGIN:DAYLIGHT
DTSTART:20070311T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
TZOFFSETFROM:-0700
TZOFFSETTO:-0600
TZNAME:MDT
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:20071104T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
TZOFFSETFROM:-0600
TZOFFSETTO:-0700
TZNAME:MST
END:STANDARD
END:VTIMEZONE"""
for duration in ("PT24H", "P1D"):
    text = f"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//durations//EN
{ZONE}
BEGIN:VEVENT
UID:{duration}@example.org
DTSTAMP:20261001T000000Z
DTSTART;TZID=America/Denver:20261031T140000
DURATION:{duration}
SUMMARY:Over the change of the clocks on 1 November 2026
END:VEVENT
END:VCALENDAR
"""
    open(f"{duration}.ics", "w", newline="").write(text.replace("\n", "\r\n"))
PY
cat > read.py <<'PY'
from datetime import UTC
from icalendar import Calendar
for name in ("PT24H", "P1D"):
    calendar = Calendar.from_ical(open(f"{name}.ics", "rb").read())
    event = calendar.events[0]
    hours = (event.end.astimezone(UTC) - event.start.astimezone(UTC)).total_seconds() / 3600
    written = next(line for line in calendar.to_ical().decode().splitlines() if line.startswith("DURATION"))
    print(f"icalendar read {name}: {hours:g} hours, written back as {written}")
PY
cat > read.mjs <<'JS'
import fs from 'node:fs';
import ICAL from 'ical.js';
import nodeIcal from 'node-ical';
for (const name of ['PT24H', 'P1D']) {
  const text = fs.readFileSync(`${name}.ics`, 'utf8');
  const calendar = new ICAL.Component(ICAL.parse(text));
  ICAL.TimezoneService.register(calendar.getFirstSubcomponent('vtimezone'));
  const event = new ICAL.Event(calendar.getFirstSubcomponent('vevent'));
  console.log(`ical.js read ${name}: ${(event.endDate.toUnixTime() - event.startDate.toUnixTime()) / 3600} hours`);
  const other = Object.values(nodeIcal.sync.parseICS(text)).find((part) => part.type === 'VEVENT');
  console.log(`node-ical read ${name}: ${(other.end - other.start) / 3600000} hours`);
}
JS
venv/bin/python write.py
{ venv/bin/python read.py; node read.mjs; } | tee seen
cat > expected <<'TXT'
icalendar read PT24H: 25 hours, written back as DURATION:P1D
icalendar read P1D: 25 hours, written back as DURATION:P1D
ical.js read PT24H: 25 hours
node-ical read PT24H: 24 hours
ical.js read P1D: 25 hours
node-ical read P1D: 24 hours
TXT
diff expected seen && echo "As described: right would be 24 hours for PT24H and 25 for P1D."
