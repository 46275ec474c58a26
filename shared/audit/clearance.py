"""What the audit trail says of an authority that answers whether somebody may be dosed."""

from shared.audit.entry import HOMEWARD, Entry, canonical, digest, opaque
from shared.events.base import WireModel
from shared.events.questions import ClearanceAnswer
from shared.events.subscriptions import ASKS
from shared.settings import Settings
from shared.work import Work

CLEARANCE = "clearance"
"""The question whose every answer is kept: a dose rests on it. Who is told a contact is kept in `disclosure`."""


def answered(work: Work, settings: Settings, site: str, asked: WireModel, answer: WireModel) -> None:
    """Keep what an authority answered about a dose: cleared, or refused by which rules."""
    if not isinstance(answer, ClearanceAnswer):
        return
    question = asked.model_dump(mode="json")
    subject = f"program.ask.{settings.service}.{CLEARANCE}"
    asker = next(service for service, questions in ASKS.items() if subject in questions)
    entry = Entry(
        site=site,
        at=work.now,
        actor=asker,
        role=HOMEWARD,
        action=CLEARANCE,
        inputs=digest(settings.codec_key.get_secret_value(), canonical(question)),
        outcome="accepted" if answer.cleared else "refused",
        rule=", ".join(answer.refusals) or None,
        subjects=opaque(question) | {"revision": str(answer.revision)},
        protocols=work.trace.protocols,
    )
    work.audit(entry)
