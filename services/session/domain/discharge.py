"""The gate through which a dosed person leaves: time, criteria, vital signs, and who signs."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from services.session.domain.observation import missing, named
from services.session.domain.vitals import NOT_ACCEPTABLE_FOR_LEAVING, Vitals, flags_before_dose
from shared.protocol.dosing import Dosing
from shared.refusal import Refused


def may_discharge(
    dosing: Dosing,
    *,
    administered_at: datetime,
    confirmed: Mapping[str, bool],
    vitals: Vitals,
    recorded: Collection[timedelta],
    missing_reason: str | None,
    role: str,
    now: datetime,
) -> None:
    """Refuse with the rule that keeps the person here. `confirmed` is by the protocol's criterion id.

    Refused: `role` (403), `discharge_too_early`, `discharge:<criterion>`, `observations_missing`.
    """
    gate = dosing.discharge
    if role not in {signer.value for signer in gate.signed_by}:
        raise Refused("role", f"signed by {' or '.join(signer.value for signer in gate.signed_by)}", status=403)
    earliest = administered_at + gate.not_before.value
    if now < earliest:
        raise Refused("discharge_too_early", f"not before {earliest.isoformat()}")
    if open_criteria := open_at_discharge(dosing, confirmed, vitals):
        rules = ", ".join(f"discharge:{id}" for id in open_criteria)
        raise Refused(rules, f"not fulfilled: {', '.join(open_criteria)}")
    if (skipped := missing(dosing, recorded)) and not missing_reason:
        minutes = ", ".join(named(offset) for offset in skipped)
        raise Refused("observations_missing", f"record minutes {minutes}, or say why they are missing")


def open_at_discharge(dosing: Dosing, confirmed: Mapping[str, bool], vitals: Vitals) -> tuple[str, ...]:
    """Return the criteria that are not fulfilled. `vitals` is what was measured, and nobody's word overrides it."""
    flags = flags_before_dose(dosing.vitals, vitals)
    acceptable = not any(flag.level in NOT_ACCEPTABLE_FOR_LEAVING for flag in flags)
    told = {**confirmed, "vitals": acceptable}
    return tuple(criterion.id for criterion in dosing.discharge.criteria if not told.get(criterion.id, False))
