"""Each service's migrations are one line: two that follow the same one would let no service start."""

import re

import pytest

from shared.events import SERVICES
from shared.migrations import ROOT

STEP = re.compile(r'^(revision|down_revision) = "?(\w+)"?$', re.MULTILINE)


@pytest.mark.parametrize("service", SERVICES)
def test_no_two_migrations_follow_the_same_one_or_share_a_name(service: str) -> None:
    files = (ROOT / "services" / service / "migrations" / "versions").glob("*.py")
    steps = [dict(STEP.findall(file.read_text())) for file in files]
    for part in ("revision", "down_revision"):
        named = sorted(step[part] for step in steps)
        assert named == sorted(set(named))
