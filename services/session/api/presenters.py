"""How measurements and doses are shown."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

from services.session.api import answers
from services.session.domain.dose import Dose
from services.session.domain.observation import minute
from services.session.domain.vitals import Assessment, Flag
from shared.protocol.dosing import Dosing


def shown(flags: Sequence[Flag]) -> list[answers.ShownFlag]:
    return [answers.ShownFlag.model_validate(asdict(flag)) for flag in flags]


def assessed(found: Assessment) -> answers.Assessed:
    """The latest measurement's flags and the next step before the dose."""
    repeat = answers.ShownRepeat(**asdict(found.repeat)) if found.repeat else None
    return answers.Assessed(flags=shown(found.flags), next=found.next, repeat=repeat)


def moment(dose: Dose, offset: timedelta) -> answers.Moment:
    """One planned observation of a dose."""
    return answers.Moment(minute=minute(offset), at=dose.administered_at + offset)


def dosed(dosing: Dosing, given: Dose) -> answers.Dosed:
    """A dose that was given, and what is owed from now on."""
    return answers.Dosed(
        dose_id=given.id,
        program_id=given.program_id,
        item=given.item,
        administered_at=given.administered_at,
        mg_per_kg=given.order.mg_per_kg,
        volume_ml=given.order.volume_ml,
        observations=[moment(given, offset) for offset in dosing.observations.value],
        discharge_from=given.administered_at + dosing.discharge.not_before.value,
    )
