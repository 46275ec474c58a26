"""What no type can see, one contradiction at a time; and no check is without a case that needs it."""

import pytest

from shared.document import FaultyFile
from shared.protocol import checks
from shared.protocol.load import load_protocol
from tests.unit.protocol.conftest import BRISK, WEEKLY6
from tests.unit.protocol.contradictions import arms, calendar, harm, measuring, safety


def faults_of(case, good, tmp_path):
    text = good.read_text()
    for old, new in case.changes:
        assert old in text
        text = text.replace(old, new, 1)
    (tmp_path / "changed.yaml").write_text(text)
    with pytest.raises(FaultyFile) as wrong:
        load_protocol(tmp_path / "changed.yaml")
    return wrong.value.faults


TABLES = (arms, calendar, harm, measuring, safety)
EVERY_CASE = [
    *((case, BRISK) for table in TABLES for case in table.IN_SECONDS),
    *((case, WEEKLY6) for table in TABLES for case in table.IN_WEEKS),
]


@pytest.mark.parametrize(("case", "good"), EVERY_CASE, ids=[case.says for case, _ in EVERY_CASE])
def test_it_is_a_fault_when(case, good, tmp_path):
    sentences = [fault.sentence for fault in faults_of(case, good, tmp_path) if fault.path == case.path]
    assert any(case.expected in sentence for sentence in sentences), sentences


def test_a_dose_may_come_between_preparations_where_a_missed_one_blocks_nothing(tmp_path):
    text = BRISK.read_text()
    for old, new in (
        ("at: {offset: PT9S}", "at: {offset: PT20S}"),
        ("effect: blocks_first_dose, make_up_within: PT10S", "effect: none"),
    ):
        text = text.replace(old, new, 1)
    (tmp_path / "between.yaml").write_text(text)
    assert load_protocol(tmp_path / "between.yaml")


def test_a_dose_without_a_dosing_section_is_a_fault(tmp_path):
    text = BRISK.read_text()
    begins, ends = text.index("dosing:\n"), text.index("attendance:\n")
    file = tmp_path / "undosed.yaml"
    file.write_text(text[:begins] + text[ends:])
    with pytest.raises(FaultyFile) as wrong:
        load_protocol(file)
    assert "'dose:1' is planned but there is no `dosing` section" in [e.sentence for e in wrong.value.faults]


def test_no_check_is_without_a_case_that_needs_it(monkeypatch, tmp_path):
    """A check that could be taken out without a case above noticing would be named here."""
    needed = {"doses_have_a_dosing_section"}

    def noting(check):
        def noted(protocol):
            found = list(check(protocol))
            if found:
                needed.add(check.__name__)
            return iter(found)

        return noted

    every_check = checks.CHECKS + checks.FOR_PEOPLE
    for name in ("CHECKS", "FOR_PEOPLE"):
        monkeypatch.setattr(checks, name, tuple(noting(check) for check in getattr(checks, name)))
    for case, good in EVERY_CASE:
        faults_of(case, good, tmp_path)
    assert {check.__name__ for check in every_check} - needed == set()
