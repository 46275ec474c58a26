#!/usr/bin/env bash
# cloudevents 2.2.0 (PyPI), cloudevents.core.v1.event.CloudEvent: the constructor writes the generated id and time into the
# caller's attributes. Two events made from one template of attributes (type, source) share one id, so that a receiver which
# removes duplicates by id, as the specification says it may (source and id, 3.1), drops the second. Pass a copy of the dict.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check cloudevents==2.2.0
cat > template.py <<'PY'
from cloudevents.core.v1.event import CloudEvent

template = {"type": "org.example.attended", "source": "/clinic", "specversion": "1.0"}
first = CloudEvent(template, {"session": 1})
second = CloudEvent(template, {"session": 2})
print("one template, same id:", first.get_id() == second.get_id())
print("added to the caller's dict:", sorted(template.keys() - {"type", "source", "specversion"}))
copied = [CloudEvent({"type": "org.example.attended", "source": "/clinic", "specversion": "1.0"}, None) for _ in range(2)]
print("a dict each, same id:", copied[0].get_id() == copied[1].get_id())
PY
venv/bin/python template.py | tee seen
cat > expected <<'TXT'
one template, same id: True
added to the caller's dict: ['id', 'time']
a dict each, same id: False
TXT
diff expected seen && echo "As described: two different events carry one id."
