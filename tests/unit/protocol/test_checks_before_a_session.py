"""What is confirmed of everybody before a session without a dose: one rule, whatever the kind of session."""

from pathlib import Path

import pytest

from shared.protocol.load import load_protocol
from shared.protocol.vocabulary import SessionKind
from shared.refusal import Refused
from tests.unit.protocol.conftest import WEEKLY6

OTAGO2 = load_protocol(WEEKLY6.with_name("otago2.yaml"))
PREPARATION = "  - kind: preparation\n"
CHECK = "    checks: [{id: sober, says: No alcohol found., source: conv, needs_medical_director_signoff: true}]\n"


def test_nobody_joins_before_what_the_protocol_asks_for_was_confirmed() -> None:
    rules = OTAGO2.rules_for(SessionKind.CIRCLE)
    with pytest.raises(Refused, match="confirm before they join: breath_alcohol: Breath alcohol measured today") as no:
        rules.require_checks([])
    assert (no.value.rule, no.value.field) == ("check_missing", "checks")
    rules.require_checks(["breath_alcohol"])


def test_a_preparation_may_have_checks_as_a_circle_has(tmp_path: Path) -> None:
    file = tmp_path / "checked.yaml"
    file.write_text(WEEKLY6.read_text().replace(PREPARATION, PREPARATION + CHECK))
    with pytest.raises(Refused, match="sober: No alcohol found"):
        load_protocol(file).rules_for(SessionKind.PREPARATION).require_checks([])


def test_without_checks_everybody_joins() -> None:
    load_protocol(WEEKLY6).rules_for(SessionKind.PREPARATION).require_checks([])
