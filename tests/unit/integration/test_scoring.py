"""PHQ-9, GAD-7 and PCL-5 are scored as published, and nothing is made up for a missing item."""

from pathlib import Path

import pytest

from services.integration.domain.instruments import SubscaleScore, risks, score
from shared.protocol.base import Cited
from shared.protocol.load import load_protocol
from shared.protocol.measures import Subscale
from shared.refusal import Refused

PROTOCOLS = Path(__file__).parents[3] / "protocols"
WEEKLY6, OTAGO2 = (load_protocol(PROTOCOLS / f"{name}.yaml") for name in ("weekly6", "otago2"))
PHQ9, GAD7, PCL5 = (WEEKLY6.instrument(id) for id in ("phq9", "gad7", "pcl5"))


@pytest.mark.parametrize(
    ("items", "total", "band", "positive"),
    [
        ([0] * 9, 0, "minimal", False),
        ([1] * 4 + [0] * 5, 4, "minimal", False),
        ([1] * 5 + [0] * 4, 5, "mild", False),
        ([1] * 9, 9, "mild", False),
        ([2] + [1] * 8, 10, "moderate", True),
        ([2] * 6 + [1] * 3, 15, "moderately severe", True),
        ([3] * 2 + [2] * 7, 20, "severe", True),
        ([3] * 9, 27, "severe", True),
    ],
)
def test_phq9_is_the_sum_with_bands_at_5_10_15_20(items: list[int], total: int, band: str, positive: bool) -> None:
    scored = score(PHQ9, items)
    assert (scored.total, scored.band, scored.positive) == (total, band, positive)


@pytest.mark.parametrize(("total", "band"), [(4, "minimal"), (5, "mild"), (10, "moderate"), (15, "severe")])
def test_gad7_has_bands_at_5_10_15(total: int, band: str) -> None:
    items = [min(3, max(0, total - 3 * n)) for n in range(7)]
    assert (score(GAD7, items).total, score(GAD7, items).band) == (total, band)


def test_a_missing_item_leaves_no_total_and_nothing_that_rests_on_one() -> None:
    scored = score(PHQ9, [3, 3, None, 3, 3, 3, 3, None, 0])
    assert (scored.total, scored.band, scored.positive) == (None, None, None)
    assert scored.missing == (3, 8)


@pytest.mark.parametrize(
    ("items", "field"), [([0] * 8, "items"), ([0] * 8 + [4], "items.8"), ([-1] + [0] * 8, "items.0")]
)
def test_answers_out_of_range_are_refused_with_their_field(items: list[int], field: str) -> None:
    with pytest.raises(Refused) as refused:
        score(PHQ9, items)
    assert (refused.value.status, refused.value.field) == (422, field)


def pcl5(b: int, c: int, d: int, e: int) -> list[int]:
    """Answers of 2 for so many items of each cluster, 1 elsewhere."""
    sizes = ((b, 5), (c, 2), (d, 7), (e, 6))
    return [2 if n < met else 1 for met, size in sizes for n in range(size)]


@pytest.mark.parametrize(
    ("clusters", "provisional"),
    [
        ((1, 1, 2, 2), True),
        ((0, 2, 7, 6), False),
        ((5, 0, 7, 6), False),
        ((5, 2, 1, 6), False),
        ((5, 2, 7, 1), False),
    ],
)
def test_provisional_ptsd_needs_every_cluster(clusters: tuple[int, int, int, int], provisional: bool) -> None:
    assert score(PCL5, pcl5(*clusters)).provisional is provisional


def test_pcl5_has_a_cut_at_31_and_no_bands() -> None:
    assert score(PCL5, [2] * 10 + [1] * 10).positive is False
    assert score(PCL5, [2] * 11 + [1] * 9).positive is True
    assert score(PCL5, [4] * 20).band is None


def test_provisional_ptsd_is_said_of_pcl5_alone() -> None:
    assert score(PHQ9, [3] * 9).provisional is None


def test_item_9_above_zero_asks_for_a_screener_whatever_else_is_missing() -> None:
    assert [risk.item for risk in risks(PHQ9, [None] * 8 + [1])] == [9]
    assert risks(PHQ9, [3] * 8 + [0]) == []
    assert risks(PHQ9, [3] * 8 + [None]) == []


def test_a_count_is_its_one_answer_within_what_can_be_counted() -> None:
    days = OTAGO2.instrument("drinking_days")
    assert score(days, [17]).total == 17
    with pytest.raises(Refused, match="answered from 0 to 28"):
        score(days, [29])


def test_an_item_that_is_scored_reversed_adds_the_rest_of_its_range() -> None:
    ffmq15 = OTAGO2.instrument("ffmq15")
    assert score(ffmq15, [5, 5, 1, 1, 5, 5, 1, 1, 1, 5, 5, 5, 1, 1, 5]).total == 75
    assert score(ffmq15, [5] * 15).total == 8 * 5 + 7 * 1
    assert score(ffmq15, [3] * 15).total == 45


def test_an_answer_below_the_lowest_is_refused_with_its_range() -> None:
    with pytest.raises(Refused, match="item 2 is answered from 1 to 5"):
        score(OTAGO2.instrument("ffmq15"), [1, 0, *[1] * 13])


def test_risk_is_read_from_the_answer_as_it_was_given() -> None:
    asked = PHQ9.model_copy(update={"reversed": (9,)})
    assert [risk.item for risk in risks(asked, [0] * 8 + [1])] == [9]
    assert risks(asked, [0] * 9) == []


def test_a_subscale_is_scored_from_its_items_as_the_total_is() -> None:
    scored = score(OTAGO2.instrument("ffmq15"), [5] * 15)
    assert {one.subscale: one.score for one in scored.subscales} == {
        "observing": 15,
        "describing": 11,
        "acting": 3,
        "nonjudging": 3,
        "nonreacting": 15,
    }
    assert sum(one.score for one in scored.subscales) == scored.total


def test_a_missing_item_leaves_out_the_subscales_that_it_belongs_to() -> None:
    scored = score(OTAGO2.instrument("ffmq15"), [3] * 14 + [None])
    assert scored.total is None
    assert [one.subscale for one in scored.subscales] == ["observing", "describing", "acting", "nonjudging"]


@pytest.mark.parametrize(("items", "positive"), [([1, 2, 2], False), ([2, 2, 2], True)])
def test_a_mean_is_rounded_to_two_decimals_and_positive_from_its_cut(items: list[int], positive: bool) -> None:
    cut = Cited[float](value=2, needs_medical_director_signoff=True)
    low = Subscale(id="low", title="Low mood", items=(1, 2, 3), score="mean", screen_from=cut)
    scored = score(PHQ9.model_copy(update={"subscales": (low,)}), items + [0] * 6)
    assert scored.subscales == (SubscaleScore("low", round(sum(items) / 3, 2), positive),)
