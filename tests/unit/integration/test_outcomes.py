"""The outcome table counts everyone who reached their baseline: nobody disappears from the denominator."""

from pathlib import Path
from uuid import UUID

from services.integration.domain.members import keeps_check_in, keeps_measure
from services.integration.domain.outcomes import Answered, Cell, Outcome, asked_of, baseline, summary, table
from shared.protocol.load import load_protocol

PROTOCOLS = Path(__file__).parents[3] / "protocols"
WEEKLY6, OTAGO2 = (load_protocol(PROTOCOLS / f"{name}.yaml") for name in ("weekly6", "otago2"))
ANA, BEN, CARL = (UUID(int=n) for n in (1, 2, 3))
PHQ9_AT_END = Cell("phq9", "end")


def test_mean_and_sample_deviation_have_two_decimals() -> None:
    assert summary(PHQ9_AT_END, [4, 7, 9], people=5) == Outcome("phq9", "end", 3, 2, 6.67, 2.52)


def test_one_answer_has_no_deviation_and_none_has_no_mean() -> None:
    assert summary(PHQ9_AT_END, [4], people=1) == Outcome("phq9", "end", 1, 0, 4.0, None)
    assert summary(PHQ9_AT_END, [], people=2) == Outcome("phq9", "end", 0, 2, None, None)


def test_everyone_who_reached_baseline_is_answered_or_missing_at_every_point() -> None:
    before, after = Cell("phq9", "baseline"), Cell("phq9", "six_months")
    answered = [Answered(ANA, before, 15), Answered(BEN, before, 12)]
    answered += [Answered(ANA, after, 6), Answered(CARL, PHQ9_AT_END, 27)]
    asked = asked_of(WEEKLY6, ())
    cells = {(cell.instrument, cell.measure): cell for cell in table(dict.fromkeys((ANA, BEN), asked), answered)}
    assert cells["phq9", "baseline"] == Outcome("phq9", "baseline", 2, 0, 13.5, 2.12)
    assert cells["phq9", "end"] == Outcome("phq9", "end", 0, 2, None, None)
    assert cells["phq9", "six_months"] == Outcome("phq9", "six_months", 1, 1, 6.0, None)
    assert ("pcl5", "week5") not in cells


def test_each_subscale_has_an_outcome_of_its_own_after_the_total() -> None:
    asked = asked_of(OTAGO2, ())
    facets = [cell.subscale for cell in asked if (cell.instrument, cell.measure) == ("ffmq15", "end")]
    assert facets == [None, "observing", "describing", "acting", "nonjudging", "nonreacting"]
    acting = Cell("ffmq15", "end", "acting")
    found = table({ANA: asked, BEN: asked}, [Answered(ANA, acting, 12), Answered(ANA, Cell("ffmq15", "end"), 51)])
    means = {cell.subscale: (cell.n, cell.mean) for cell in found if (cell.instrument, cell.measure) == acting[:2]}
    assert (means[None], means["acting"], means["observing"]) == ((1, 51), (1, 12), (0, None))


def test_a_measure_for_some_groups_is_missing_only_in_a_group_that_was_asked_it() -> None:
    rtt3 = load_protocol(PROTOCOLS / "rtt3.yaml")
    asked = {ANA: asked_of(rtt3, {"baseline", "six_months"}), BEN: asked_of(rtt3, {"baseline"})}
    cells = {cell.measure: cell for cell in table(asked, []) if cell.instrument == "phq9"}
    assert (cells["after"].missing, cells["six_months"].missing) == (2, 1)


def test_the_first_measurement_point_is_the_baseline() -> None:
    assert baseline(WEEKLY6) == "baseline"


def test_whoever_leaves_keeps_the_safety_check_in_and_nothing_else() -> None:
    for state in ("withdrawn", "transferred"):
        assert keeps_check_in(state, WEEKLY6.check_ins, "check_in:safety")
        assert not keeps_check_in(state, WEEKLY6.check_ins, "check_in:dose:3:24h")
    assert keeps_check_in("active", WEEKLY6.check_ins, "check_in:dose:3:24h")


def test_nobody_asks_a_person_who_died() -> None:
    assert not keeps_check_in("died", WEEKLY6.check_ins, "check_in:safety")
    assert not keeps_measure("died", WEEKLY6.measure("six_months"))


def test_a_withdrawn_person_is_still_offered_the_follow_up() -> None:
    assert keeps_measure("withdrawn", WEEKLY6.measure("six_months"))
    assert not keeps_measure("withdrawn", WEEKLY6.measure("end"))
    assert not keeps_measure("transferred", WEEKLY6.measure("six_months"))
