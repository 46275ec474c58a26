"""Questions that need an answer now: NATS request/reply on `program.ask.<service>.<question>`."""

from __future__ import annotations

from typing import Literal, get_args
from uuid import UUID

from pydantic import AwareDatetime

from shared.events.base import WireModel

Authority = Literal["scheduler", "intake", "integration"]
AUTHORITIES: tuple[Authority, ...] = get_args(Authority)


class ClearanceQuestion(WireModel):
    """Session asks each authority: may this person have this dose now?"""

    program_id: UUID
    site: str
    item: str
    asked_at: AwareDatetime


class ClearanceAnswer(WireModel):
    """An authority's answer. `refusals` are the names of the rules that stand in the way; none = cleared."""

    authority: Authority
    refusals: tuple[str, ...]
    revision: int
    answered_at: AwareDatetime
    valid_until: AwareDatetime

    @property
    def cleared(self) -> bool:
        return not self.refusals


class ContactQuestion(WireModel):
    """Notifications asks intake at send time how to reach a person, for one purpose."""

    program_id: UUID
    site: str
    purpose: str


class ContactAnswer(WireModel):
    """How to reach a person; `email` None = no way is known. Never stored by the asker."""

    email: str | None
    given_name: str
    zone: str


def question_subject(service: str, question: str) -> str:
    """Return the subject on which a service answers a question (`clearance` or `contact`)."""
    return f"program.ask.{service}.{question}"
