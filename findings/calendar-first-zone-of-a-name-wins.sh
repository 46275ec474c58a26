#!/usr/bin/env bash
# Two calendar files may each bring a VTIMEZONE of the same name with different rules: TZIDs are local to a file
# (RFC 5545, 3.2.19). icalendar 7.3.0 and vobject 0.9.9 (PyPI) keep the first definition of a name for the whole process:
# the second file, read by the same process, is an hour wrong without a warning.
# With icalendar, calendar.timezones[0].to_tz(lookup_tzid=False) gives the file's own zone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check icalendar==7.3.0 vobject==0.9.9

cat > read.py <<'PY'
import icalendar
import vobject


def file(offset):
    return f"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//zones//EN
BEGIN:VTIMEZONE
TZID:Clinic time
BEGIN:STANDARD
DTSTART:20000101T000000
TZOFFSETFROM:{offset}
TZOFFSETTO:{offset}
TZNAME:Clinic
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:1@example.org
DTSTAMP:20261001T000000Z
DTSTART;TZID=Clinic time:20270315T090000
DTEND;TZID=Clinic time:20270315T100000
SUMMARY:Appointment
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


for offset in ("-0700", "-0800"):
    print("file says", offset)
    calendar = icalendar.Calendar.from_ical(file(offset))
    start = calendar.events[0].start
    print("  icalendar", start.isoformat())
    own = calendar.timezones[0].to_tz(lookup_tzid=False)
    print("  icalendar, the file's own zone", start.replace(tzinfo=None, fold=0).replace(tzinfo=own).isoformat())
    print("  vobject  ", vobject.readOne(file(offset)).vevent.dtstart.value.isoformat())
PY
venv/bin/python read.py | tee seen
cat > expected <<'TXT'
file says -0700
  icalendar 2027-03-15T09:00:00-07:00
  icalendar, the file's own zone 2027-03-15T09:00:00-07:00
  vobject   2027-03-15T09:00:00-07:00
file says -0800
  icalendar 2027-03-15T09:00:00-07:00
  icalendar, the file's own zone 2027-03-15T09:00:00-08:00
  vobject   2027-03-15T09:00:00-07:00
TXT
diff expected seen && echo "As described: the second file is read with the first file's zone."
