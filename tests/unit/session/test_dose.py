"""The order against the protocol, the verifier, and the interval since the last dose."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.session.domain.dose import check_history, check_order, check_verification
from shared.protocol.vocabulary import Route
from shared.refusal import Refused
from tests.unit.session.day import DAY, DOSING, NINE, PROTOCOL, dose, order, verification

TODAY = date(2030, 1, 8)
ANY_ROUTE = PROTOCOL.routes_of("dose:1")


@pytest.mark.parametrize(
    "changed",
    [
        {"mg": 35.0},
        {"mg": 105.0},
        {"route": "SL", "mg": 100.0},
        {"route": "SL", "mg": 400.0},
        {"route": "IN", "mg": 900.0},
        {"weighed_on": TODAY - timedelta(days=30)},
    ],
)
def test_orders_at_the_edge_are_right(changed: dict[str, Any]) -> None:
    check_order(DOSING, ANY_ROUTE, None, order(**changed), TODAY)


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"mg": 34.0}, "dose_out_of_range"),
        ({"mg": 106.0}, "dose_out_of_range"),
        ({"route": "SL", "mg": 99.0}, "dose_out_of_range"),
        ({"route": "SL", "mg": 401.0}, "dose_out_of_range"),
        ({"route": "IV"}, "route_not_in_protocol"),
        ({"weighed_on": TODAY - timedelta(days=31)}, "weight_out_of_date"),
        ({"weighed_on": TODAY + timedelta(days=1)}, "weight_out_of_date"),
        ({"expires_on": TODAY - timedelta(days=1)}, "lot_expired"),
    ],
)
def test_orders_that_are_refused(changed: dict[str, Any], rule: str) -> None:
    with pytest.raises(Refused) as refused:
        check_order(DOSING, ANY_ROUTE, None, order(**changed), TODAY)
    assert (refused.value.rule, refused.value.status) == (rule, 422)


def test_a_dose_that_the_protocol_gives_by_one_route_is_not_given_by_another() -> None:
    sublingual = {"route": "SL", "mg": 200.0}
    check_order(DOSING, [Route.SUBLINGUAL], None, order(**sublingual), TODAY)
    with pytest.raises(Refused, match="gives this dose by IM") as refused:
        check_order(DOSING, [Route.INTRAMUSCULAR], None, order(**sublingual), TODAY)
    assert (refused.value.rule, refused.value.status) == ("route_not_in_protocol", 422)


def test_mg_per_kg_and_volume() -> None:
    given = order(mg=52.5, weight_kg=70.0, concentration_mg_per_ml=50.0)
    assert (given.mg_per_kg, given.volume_ml) == (0.75, 1.05)


def test_another_person_verifies_the_very_dose_on_the_go_that_stands() -> None:
    check_verification(DOSING, order(), "p", verification(), NINE)
    for made, rule in (
        (None, "verification_missing"),
        (verification(by="p"), "verifier_same_person"),
        (verification(by="P"), "verifier_same_person"),
        (verification(order=order(mg=71.0)), "verification_differs"),
        (verification(at=NINE - timedelta(seconds=1)), "verification_out_of_date"),
    ):
        with pytest.raises(Refused, match=rule):
            check_verification(DOSING, order(), "p", made, NINE)


def test_a_dose_is_never_doubled() -> None:
    with pytest.raises(Refused, match="already_dosed"):
        check_history(DOSING, "dose:1", [dose("dose:1")], NINE + 30 * DAY)


def test_the_interval_is_elapsed_time_since_any_dose() -> None:
    check_history(DOSING, "dose:2", [dose("dose:1")], NINE + 6 * DAY)
    with pytest.raises(Refused, match="minimum_interval"):
        check_history(DOSING, "dose:2", [dose("dose:1")], NINE + 6 * DAY - timedelta(seconds=1))


def test_the_longer_interval_of_two_protocols_holds() -> None:
    with pytest.raises(Refused, match="minimum_interval"):
        check_history(DOSING, "dose:2", [dose("dose:1", min_interval=9 * DAY)], NINE + 7 * DAY)
