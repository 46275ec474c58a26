#!/usr/bin/env bash
# holidays 0.109 (PyPI) takes the language of a holiday's name from the process's environment: one day in Quebec has three names
# in three environments. A list of closed days that a clinic signed by name does not match itself on another machine. Keep
# dates, or pass language=.
# And two libraries disagree about Colorado's holidays of 2027: Cesar Chavez Day, Juneteenth and Frances Xavier Cabrini Day are
# in holidays only, Columbus Day is in workalendar 17.0.0 only. So a clinic signs its own list.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check holidays==0.109 workalendar==17.0.0
cat > quebec.py <<'PY'
import os
from datetime import date

import holidays

days = holidays.country_holidays("CA", subdiv="QC", years=2027)
named = holidays.country_holidays("CA", subdiv="QC", years=2027, language="en_CA")
print(f"LANG={os.environ['LANG']}:", days[date(2027, 6, 24)], "| with language=en_CA:", named[date(2027, 6, 24)])
PY
cat > colorado.py <<'PY'
import holidays
from workalendar.usa import Colorado

by_holidays = holidays.country_holidays("US", subdiv="CO", years=2027, language="en_US", observed=False)
by_workalendar = {day: name for day, name in Colorado().holidays(2027) if "Observed" not in name}
for day in sorted(by_holidays.keys() ^ by_workalendar.keys()):
    who = "holidays only" if day in by_holidays else "workalendar only"
    print(day, who + ":", by_holidays.get(day) or by_workalendar[day])
PY
for language in C en_US.UTF-8 fr_CA.UTF-8; do
  env -u LANGUAGE -u LC_ALL -u LC_MESSAGES LANG=$language venv/bin/python quebec.py
done | tee seen
venv/bin/python colorado.py | tee -a seen
cat > expected <<'TXT'
LANG=C: Saint Jean Baptiste Day | with language=en_CA: Saint Jean Baptiste Day
LANG=en_US.UTF-8: Saint John the Baptist Day | with language=en_CA: Saint Jean Baptiste Day
LANG=fr_CA.UTF-8: Fête nationale du Québec | with language=en_CA: Saint Jean Baptiste Day
2027-03-31 holidays only: Cesar Chavez Day
2027-06-19 holidays only: Juneteenth National Independence Day
2027-10-04 holidays only: Frances Xavier Cabrini Day
2027-10-11 workalendar only: Columbus Day
TXT
diff expected seen && echo "As described: names follow the locale, and the two lists differ."
