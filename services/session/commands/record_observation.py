"""One planned observation after a dose is recorded; a late one is kept with its real time."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from services.session.commands.after_dose import owe_observations, watched
from services.session.commands.flag_vitals import flag_vitals
from services.session.domain.decision import dosing_of
from services.session.domain.dose import Dose
from services.session.domain.observation import may_observe, missing, planned
from services.session.domain.vitals import Flag, Vitals, flags_after_dose
from services.session.storage import records
from services.session.storage.sessions import protocol_of
from shared.auth import Principal
from shared.work import Work


@dataclass(frozen=True)
class Observation:
    """What is seen at a `minute` after administration: vital signs, MOAA/S 0–5, dissociation 0 (none) – 10."""

    minute: float
    vitals: Vitals
    moaas: int
    dissociation: int


@dataclass(frozen=True)
class Observed:
    """The dose, what is outside its limits, and the next observation that is owed (None: none)."""

    dose: Dose
    flags: tuple[Flag, ...]
    next: timedelta | None


async def record_observation(
    work: Work, session_id: UUID, program_id: UUID, seen: Observation, caller: Principal
) -> Observed:
    """Keep the observation, tell what is outside its limits, and owe the next one.

    Refused: who is not dosed or discharged already, `observation_too_early`, `observation_recorded`; 422:
    `not_an_observation`.
    """
    kept, _, dose = await watched(work, session_id, program_id)
    dosing = dosing_of(protocol_of(work, kept))
    offset = planned(dosing, seen.minute)
    recorded = (await records.recorded_offsets(work, kept.id, program_id)).get(program_id, set())
    may_observe(offset, dose.administered_at, recorded, work.now)
    await records.add_observation(
        work, kept, program_id, offset, seen.vitals, seen.moaas, seen.dissociation, caller.subject
    )
    flags = flags_after_dose(dosing.vitals, seen.vitals)
    await flag_vitals(work, kept, program_id, flags)
    await owe_observations(work, kept, dose)
    owed = missing(dosing, recorded | {offset})
    return Observed(dose, flags, owed[0] if owed else None)
