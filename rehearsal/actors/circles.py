"""Circles: the facilitator records who is there, and closes."""

from datetime import timedelta
from uuid import UUID

from rehearsal.actors import bodies
from rehearsal.actors.context import Context, Hearing, Told
from shared.events import scheduler
from shared.protocol.vocabulary import SessionKind

SETTLED_AFTER = timedelta(minutes=10)


class Circles:
    """The facilitator's part in circles and their make-ups."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._checks = bodies.checks(context.scenario.protocol, SessionKind.CIRCLE)

    def hears(self) -> Hearing:
        return {scheduler.SessionDue: self._due, scheduler.MakeUpBooked: self._make_up}

    def _due(self, told: Told) -> None:
        if told.data.kind == "circle":
            self._plan(told, told.data.roster)

    def _make_up(self, told: Told) -> None:
        if told.data.kind == "circle":
            self._plan(told, (told.data.program_id,))

    def _plan(self, told: Told, roster: tuple[UUID, ...]) -> None:
        circle, site = told.data, told.site
        at = circle.starts_at + SETTLED_AFTER
        self._context.plan(
            f"attendance:{circle.session_id}", at, lambda: self._record(circle.session_id, circle.item, site, roster)
        )
        self._context.plan(
            f"close:{circle.session_id}",
            max(circle.ends_at, circle.no_show_at + SETTLED_AFTER),
            lambda: self._close(circle.session_id, circle.item, site),
        )

    async def _record(self, session_id: UUID, item: str, site: str, roster: tuple[UUID, ...]) -> None:
        """Whoever stays away without a word is left to the no-show time."""
        context = self._context
        present: list[str] = []
        absent = []
        for program_id in roster:
            if not context.known(program_id) or context.has_left(program_id):
                continue
            absence = context.person(program_id).absence(item)
            if absence is None:
                present.append(str(program_id))
            elif absence.how == "told":
                absent.append({"program_id": str(program_id), "excused": True, "reason": absence.reason})
        if present or absent:
            url, doing = f"integration/circles/{session_id}/attendance", f"records who is in {item}"
            body = {"present": present, "absent": absent, "checks": self._checks}
            await context.apis.post(context.teams[site].facilitator, url, doing, body)

    async def _close(self, session_id: UUID, item: str, site: str) -> None:
        facilitator = self._context.teams[site].facilitator
        url = f"integration/circles/{session_id}/close"
        await self._context.apis.post(facilitator, url, f"closes {item}", expected=["circle_closed"])
