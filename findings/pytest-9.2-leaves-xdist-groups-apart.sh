#!/usr/bin/env bash
# Tests that pytest-xdist's `xdist_group` mark puts into one group run in one process with `--dist loadgroup`
# (pytest-xdist's documentation, "Running tests across multiple CPUs"). With a newer pytest the group is ignored, and
# nothing is said: tests that share an expensive fixture each start it in their own process.
#   pytest 9.1.1 + pytest-xdist 3.8.0 (PyPI)  one process runs the whole group
#   pytest 9.2.0 + pytest-xdist 3.8.0 (PyPI)  several processes share it
# The group travels as a suffix of the test's private `_nodeid`, which that pytest does not read any more.
# So whoever relies on it counts the set-ups, or gives the schedule by the hook `pytest_xdist_make_scheduler`.
# Needs Python 3.11 or newer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
cat > test_group.py <<'PY'
import os
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("one")


@pytest.mark.parametrize("number", range(12))
def test_it_runs_with_the_others(number):
    Path(os.environ["SEEN"], os.environ["PYTEST_XDIST_WORKER"]).touch()
PY
for version in 9.1.1 9.2.0; do
  venv/bin/pip install --quiet --disable-pip-version-check "pytest==$version" pytest-xdist==3.8.0
  mkdir "$version"
  SEEN=$PWD/$version venv/bin/python -m pytest -q -p no:cacheprovider -n 4 --dist loadgroup test_group.py >/dev/null
  if [ "$(ls "$version" | wc -l)" = 1 ]; then processes="one process"; else processes="several processes"; fi
  echo "pytest $version: $processes"
done | tee seen
cat > expected <<'TXT'
pytest 9.1.1: one process
pytest 9.2.0: several processes
TXT
diff expected seen && echo "As described: right would be one process for both."
