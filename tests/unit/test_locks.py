"""Rows are locked in one place alone, which reads the clock again afterwards."""

import re

from shared.migrations import ROOT


def test_nothing_but_a_unit_of_work_locks_rows() -> None:
    locks = re.compile(r"with_for_update|for update|for no key update", re.IGNORECASE)
    found = {
        str(path.relative_to(ROOT))
        for room in ("services", "shared")
        for path in (ROOT / room).rglob("*.py")
        if locks.search(path.read_text())
    }
    assert found == {"shared/work.py"}
