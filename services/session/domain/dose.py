"""One dose: its order checked against the protocol, a different verifier, and the interval since the last one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from services.session.domain.arm import ranges_of
from shared.events.session import Clearance
from shared.protocol.dosing import Dosing, RouteRange
from shared.protocol.vocabulary import Route
from shared.refusal import Refused


@dataclass(frozen=True)
class DoseOrder:
    """What is about to be given. mg, kg, mg/ml; `concentration_mg_per_ml` None where the route has no volume."""

    route: str
    mg: float
    weight_kg: float
    weighed_on: date
    lot: str
    expires_on: date
    concentration_mg_per_ml: float | None = None

    @property
    def mg_per_kg(self) -> float:
        return round(self.mg / self.weight_kg, 3)

    @property
    def volume_ml(self) -> float | None:
        return round(self.mg / self.concentration_mg_per_ml, 3) if self.concentration_mg_per_ml else None


@dataclass(frozen=True)
class Verification:
    """A second person's own check of a drawn-up dose: they say with their own login what they read on it."""

    id: UUID
    session_id: UUID
    program_id: UUID
    by: str
    role: str
    at: datetime
    order: DoseOrder


@dataclass(frozen=True)
class Dose:
    """A dose that was given: append-only, with the proof that it rests on.

    `verification_id` is None for a dose from before verifications were a person's own command.
    """

    id: UUID
    session_id: UUID
    program_id: UUID
    item: str
    administered_at: datetime
    administered_by: str
    verified_by: str
    order: DoseOrder
    decision_id: UUID
    clearances: tuple[Clearance, ...]
    min_interval: timedelta
    verification_id: UUID | None = None

    @property
    def next_from(self) -> datetime:
        """Return when the interval since this dose is over."""
        return self.administered_at + self.min_interval


def check_order(dosing: Dosing, routes: Collection[Route], arm: str | None, order: DoseOrder, today: date) -> None:
    """Check an order against the protocol: the dose's `routes`, the person's `arm`, the date on the wall at the site.

    Refused: `arm_not_assigned`; 422: `weight_out_of_date`, `lot_expired`, `route_not_in_protocol`, `dose_out_of_range`.
    """
    within = dosing.weight_dated_within.value.count
    if order.weighed_on > today or (today - order.weighed_on).days > within:
        raise Refused(
            "weight_out_of_date", f"weigh again: {order.weighed_on} is not within {within} days",
            status=422, field="weighed_on",
        )  # fmt: skip
    if order.expires_on < today:
        raise Refused("lot_expired", f"lot {order.lot} expired on {order.expires_on}", status=422, field="expires_on")
    _check_route(routes, order.route)
    _check_range(next(usual for usual in ranges_of(dosing, arm) if usual.route == order.route), order)


def check_verification(
    dosing: Dosing, order: DoseOrder, administered_by: str, verification: Verification | None, decided_at: datetime
) -> None:
    """Refuse a dose that no second person verified as it is given, on the go that stands (`decided_at`).

    Source: independent double check of a high-alert medication (ISMP); that the two differ is the protocol's value.
    """
    if verification is None:
        raise Refused("verification_missing", "a second person verifies the dose", field="verification")
    if dosing.verifier_differs.value and verification.by.casefold() == administered_by.casefold():
        raise Refused("verifier_same_person", "another person verifies the dose", status=422, field="verification")
    if verification.order != order:
        raise Refused("verification_differs", "this is not the dose that was verified", field="verification")
    if verification.at < decided_at:
        detail = f"it was verified at {verification.at.isoformat()}, before the go that stands: verify it again"
        raise Refused("verification_out_of_date", detail, field="verification")


def check_history(dosing: Dosing, item: str, given: Sequence[Dose], now: datetime) -> None:
    """Refuse a dose twice (`already_dosed`), or sooner than the interval after the last one (`minimum_interval`)."""
    if any(dose.item == item for dose in given):
        raise Refused("already_dosed", f"{item} was given already: a dose is never doubled")
    for dose in given:
        earliest = dose.administered_at + max(dosing.min_interval.value, dose.min_interval)
        if now < earliest:
            raise Refused("minimum_interval", f"after {dose.item} no dose before {earliest.isoformat()}")


def _check_route(routes: Collection[Route], route: str) -> None:
    if route not in routes:
        named = ", ".join(routes)
        raise Refused("route_not_in_protocol", f"the protocol gives this dose by {named}", status=422, field="route")


def _check_range(usual: RouteRange, order: DoseOrder) -> None:
    if usual.low is None or usual.high is None:
        return
    match usual.unit:
        case "mg/kg":
            value = order.mg_per_kg
        case "mg":
            value = order.mg
    if not usual.low <= value <= usual.high:
        raise Refused(
            "dose_out_of_range",
            f"{value:g} {usual.unit} {usual.route.value} is outside {usual.low:g}–{usual.high:g} {usual.unit}",
            status=422,
            field="mg",
        )
