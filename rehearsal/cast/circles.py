"""Circles: the facilitator records who is there, and closes."""

from datetime import timedelta
from uuid import UUID

from rehearsal.cast.stage import Hearing, Stage, Told
from shared.events import scheduler
from shared.protocol.vocabulary import SessionKind

SETTLED_AFTER = timedelta(minutes=10)


class Circles:
    """The facilitator's part in circles and their make-ups."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        rules = (rules for rules in stage.story.protocol.session_rules if rules.kind == SessionKind.CIRCLE)
        self._checks = [check.id for each in rules for check in each.checks]

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
        self._stage.plan(
            f"attendance:{circle.session_id}", at, lambda: self._record(circle.session_id, circle.item, site, roster)
        )
        self._stage.plan(
            f"close:{circle.session_id}",
            max(circle.ends_at, circle.no_show_at + SETTLED_AFTER),
            lambda: self._close(circle.session_id, circle.item, site),
        )

    async def _record(self, session_id: UUID, item: str, site: str, roster: tuple[UUID, ...]) -> None:
        """Whoever stays away without a word is left to the no-show time."""
        stage = self._stage
        present: list[str] = []
        absent = []
        for program_id in roster:
            if not stage.known(program_id) or stage.has_left(program_id):
                continue
            absence = stage.person(program_id).absence(item)
            if absence is None:
                present.append(str(program_id))
            elif absence.how == "told":
                absent.append({"program_id": str(program_id), "excused": True, "reason": absence.reason})
        if present or absent:
            url, doing = f"integration/circles/{session_id}/attendance", f"records who is in {item}"
            body = {"present": present, "absent": absent, "checks": self._checks}
            await stage.apis.post(stage.teams[site].facilitator, url, doing, body)

    async def _close(self, session_id: UUID, item: str, site: str) -> None:
        facilitator = self._stage.teams[site].facilitator
        url = f"integration/circles/{session_id}/close"
        await self._stage.apis.post(facilitator, url, f"closes {item}", expected=["circle_closed"])
