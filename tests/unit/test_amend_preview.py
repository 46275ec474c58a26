"""What `amend preview` prints: the clinical difference first, people by reference, and a version nobody signed."""

import pytest

from cli.amend import _show

SHOWN = {
    "protocol_id": "weekly6",
    "from_version": "1.0.0",
    "to_version": "1.1.0",
    "zone": "America/Vancouver",
    "content_hash": "9f" * 32,
    "released": False,
    "differences": [{"section": "Dosing", "sentence": "systolic, hard hold: from 160 → from 150"}],
    "programs": [{"program_id": "0190a7a0-0000-7000-8000-000000000000", "state": "active", "changes": []}],
}


def test_a_changed_stop_is_printed_although_no_item_moves(capsys: pytest.CaptureFixture[str]) -> None:
    _show(SHOWN, {"0190a7a0-0000-7000-8000-000000000000": "R-01"})
    printed = capsys.readouterr().out
    assert "Dosing: systolic, hard hold: from 160 → from 150" in printed
    assert "R-01 (active)" in printed
    assert "1 differences between the versions, 0 changes ahead of 1 people" in printed
    assert "weekly6@1.1.0 is not released at this site" in printed
