"""Who has had enough of mails answers STOP, and is written to no more of what they stopped."""

from functools import partial
from uuid import UUID

from rehearsal.actors.context import Context, Hearing, Told
from rehearsal.actors.days import PARTICIPANTS, next_clock
from shared.events import integration, notifications, scheduler
from shared.events.notifications import SuppressionRule
from shared.events.scheduler import State
from shared.vocabulary import those

IN_ANOTHER_MAIL: frozenset[SuppressionRule] = those(
    SuppressionRule,
    are=("coalesced",),
    are_not=("opted_out", "cap", "best_before", "reason_gone", "no_contact"),
)
ENDS: frozenset[State] = those(
    State,
    are=("completed", "lost_to_follow_up"),
    are_not=(
        "in_screening",
        "excluded",
        "redirected",
        "declined",
        "lapsed",
        "waiting",
        "offered",
        "active",
        "withdrawn",
        "transferred",
        "died",
    ),
)


class Stopping:
    """The participants' part in not being written to."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._asked: set[UUID] = set()
        self._stopped: set[UUID] = set()

    def hears(self) -> Hearing:
        return {
            integration.MeasureOpened: self._asked_for,
            notifications.MessageSent: self._written_to,
            notifications.MessageSuppressed: self._carried,
            scheduler.StateChanged: self._through,
        }

    def _asked_for(self, told: Told) -> None:
        program_id = told.data.program_id
        if self._context.known(program_id) and self._context.person(program_id).stops_at == told.data.item:
            self._asked.add(program_id)

    def _carried(self, told: Told) -> None:
        if told.data.rule in IN_ANOTHER_MAIL:
            self._written_to(told)

    def _written_to(self, told: Told) -> None:
        """The mail that asks for the questionnaires has come: it is answered at their next free hour."""
        program_id = told.data.program_id
        if told.data.category == "measure" and program_id in self._asked:
            self._asked.discard(program_id)
            at = next_clock(told.time, PARTICIPANTS, self._context.zone(program_id))
            self._context.plan(f"stops:{program_id}", at, partial(self._stop, program_id, told.data.message_id))

    async def _stop(self, program_id: UUID, message_id: UUID) -> None:
        context = self._context
        reference = context.reference(program_id)
        body = {"program_id": str(program_id), "text": "STOP", "in_reply_to": f"<{message_id}@clinic.invalid>"}
        doing = f"{reference} answers STOP to the mail about questionnaires"
        answer = await context.apis.post(context.actor(program_id), "notifications/inbound", doing, body)
        if answer and answer.accepted and "measure" in answer.body["stopped"]:
            self._stopped.add(program_id)

    def _through(self, told: Told) -> None:
        """Whoever wanted to be written to no more has said so, and was understood."""
        context, program_id = self._context, told.data.program_id
        if told.data.state not in ENDS or not context.known(program_id) or program_id in self._stopped:
            return
        if context.person(program_id).stops_at:
            context.trouble(f"{context.reference(program_id)} never came to say STOP, or was not understood")
