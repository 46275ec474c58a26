"""What was chosen once is looked up by its content; by its version alone only by whoever chooses it now."""

import re

import pytest

from shared.migrations import ROOT
from shared.protocol.library import Consulted, ProtocolGone, ProtocolLibrary

LIBRARY = ProtocolLibrary(ROOT / "protocols")
WEEKLY6 = LIBRARY.latest("weekly6")
CHOOSING = {"commands/know_version.py", "commands/open_cohort.py", "commands/preview_amendment.py", "api/sign_offs.py"}
"""Where a person releases a version or signs its values off, opens a cohort with one, or amends a cohort to one."""
ASKED = "storage/versions.py"
"""What they ask: it refuses a version that is not there."""


@pytest.mark.parametrize(
    ("version", "hash", "rule"),
    [
        (WEEKLY6.version, None, "protocol_unpinned"),
        (WEEKLY6.version, "0" * 64, "protocol_changed"),
        ("99.0.0", WEEKLY6.content_hash, "protocol_gone"),
    ],
)
def test_a_pin_that_cannot_be_read_is_refused_by_name(version: str, hash: str | None, rule: str) -> None:
    with pytest.raises(ProtocolGone) as refused:
        LIBRARY.pinned("weekly6", version, hash)
    assert (refused.value.rule, refused.value.status) == (rule, 409)


def test_the_pinned_content_is_noted_as_what_was_consulted() -> None:
    consulted = Consulted(LIBRARY)
    assert consulted.pinned("weekly6", WEEKLY6.version, WEEKLY6.content_hash) is WEEKLY6
    assert consulted.pins == (f"weekly6@{WEEKLY6.version}#{WEEKLY6.content_hash}",)


def test_a_service_looks_a_version_up_by_its_number_only_where_a_person_chooses_it() -> None:
    by_number = re.compile(r"protocols\.(published|get)\(|versions\.published\(")
    found = {path for path in (ROOT / "services").rglob("*.py") if by_number.search(path.read_text())}
    assert found == {ROOT / "services" / "scheduler" / choosing for choosing in {*CHOOSING, ASKED}}
