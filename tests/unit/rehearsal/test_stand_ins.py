"""What no publication says is taken from a file of the example, said aloud, and followed by all services alike."""

from pathlib import Path

import pytest

from rehearsal.run import EXAMPLES, PROTOCOLS, Options, protocols_of, read_input
from rehearsal.scenario.stand_ins import sentence, with_stand_ins
from shared.document import FaultyFile
from shared.protocol.library import ProtocolLibrary
from shared.protocol.load import load_protocol

OTAGO2 = load_protocol(PROTOCOLS / "otago2.yaml")
STAND_INS = EXAMPLES / "otago2" / "stand_ins.yaml"


def test_what_a_protocol_leaves_open_is_filled_in_and_said_aloud() -> None:
    filled = with_stand_ins(OTAGO2, STAND_INS)
    assert filled.cohort.unset == ()
    assert sentence(OTAGO2, filled).startswith(
        "otago2 1.0.0 leaves open what no publication says. This rehearsal takes cohort.size 4 to 8 and "
        "cohort.quorum 3 present of 4 enrolled: invented"
    )


def test_a_protocol_that_leaves_nothing_open_needs_no_stand_ins(tmp_path: Path) -> None:
    weekly6 = load_protocol(PROTOCOLS / "weekly6.yaml")
    assert with_stand_ins(weekly6, tmp_path / "none.yaml") is weekly6


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("size: {minimum: 4, maximum: 8}\n", "quorum: is missing: otago2 leaves cohort.quorum open"),
        ("size: {minimum: 4, maximum: 8}\nquorum: {present: 9, enrolled: 9}\n", "more people than the group may have"),
    ],
)
def test_stand_ins_that_leave_it_open_or_do_not_fit_are_refused(tmp_path: Path, given: str, said: str) -> None:
    (tmp_path / "stand_ins.yaml").write_text(given)
    with pytest.raises(FaultyFile) as wrong:
        with_stand_ins(OTAGO2, tmp_path / "stand_ins.yaml")
    assert said in str(wrong.value)


def test_the_services_read_the_very_protocol_of_the_scenario(tmp_path: Path) -> None:
    scenario = read_input(Options("otago2"))
    folder = protocols_of(scenario, tmp_path)
    assert [one.content_hash for one in ProtocolLibrary(folder).all()] == [scenario.protocol.content_hash]
    assert protocols_of(read_input(Options("weekly6")), tmp_path) == PROTOCOLS
