"""Risk and pages: whoever is on call acknowledges, a clinician asks the C-SSRS screener, decides and signs."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from rehearsal.actors.context import Context, Hearing, Told, signature
from rehearsal.actors.days import COORDINATORS, next_minutes, working_hour
from rehearsal.scenario.script import Signal
from shared.events import integration, notifications, scheduler
from shared.protocol.vocabulary import RiskLevel

ACKNOWLEDGED_AFTER = timedelta(minutes=5)
SCREENED_AFTER = timedelta(minutes=45)
QUARTER = 15
SCREENERS: Mapping[RiskLevel, Mapping[str, bool]] = {
    RiskLevel.NONE: {"q1": False, "q2": False, "q6": False},
    RiskLevel.LOW: {"q1": True, "q2": False, "q6": False},
    RiskLevel.MODERATE: {"q1": True, "q2": True, "q3": True, "q4": False, "q5": False, "q6": False},
    RiskLevel.HIGH: {"q1": True, "q2": True, "q3": True, "q4": True, "q5": False, "q6": False},
}


class Safety:
    """The clinician's and the on-call people's part."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def hears(self) -> Hearing:
        return {
            integration.RiskRaised: self._raised,
            notifications.PageRaised: self._paged,
            notifications.PageEscalated: self._escalated,
            notifications.ObligationOpened: self._undelivered,
            scheduler.ObligationOpened: self._unheard,
        }

    def _raised(self, told: Told) -> None:
        risk = told.data
        if not self._context.known(risk.program_id):
            return
        at = next_minutes(told.time + SCREENED_AFTER, QUARTER)
        self._context.plan(f"risk:{risk.risk_id}", at, lambda: self._screen(risk.program_id, risk.risk_id, risk.item))

    async def _screen(self, program_id: UUID, risk_id: UUID, item: str) -> None:
        context = self._context
        reference, clinician = context.reference(program_id), context.team(program_id).clinician
        signal = self._signal(program_id, item)
        if signal is None:
            context.trouble(f"{item} of {reference} signals risk, and the scenario does not say so")
        level = signal.c_ssrs if signal else RiskLevel.NONE
        doing = f"asks {reference} the C-SSRS screener"
        await context.apis.post(clinician, f"integration/risks/{risk_id}/c-ssrs", doing, {"answers": SCREENERS[level]})
        body = {
            "decision": "safety_plan" if signal else "no_concern",
            "reason": signal.response if signal else "no concern after speaking with the person",
            "signature": signature("I have assessed this risk and decided."),
        }
        await context.apis.post(
            clinician, f"integration/risks/{risk_id}/close", f"decides on the risk of {reference}", body
        )

    def _signal(self, program_id: UUID, item: str) -> Signal | None:
        """A risk may be named by the measure or by its questionnaire: `measure:week5` or `measure:week5:phq9`."""
        signals = self._context.person(program_id).signals
        return next((s for s in signals if item == s.item or item.startswith(f"{s.item}:")), None)

    def _paged(self, told: Told) -> None:
        page = told.data
        if self._context.known(page.program_id):
            signal = self._signal(page.program_id, page.item)
            if signal and signal.page == "late":
                return
        self._take(told, page.tier)

    def _escalated(self, told: Told) -> None:
        self._take(told, told.data.tier)

    def _take(self, told: Told, tier: int) -> None:
        page_id, site = told.data.page_id, told.site
        at = told.time + ACKNOWLEDGED_AFTER
        self._context.plan(f"page:{page_id}:{tier}", at, lambda: self._acknowledge(page_id, site, tier))

    async def _acknowledge(self, page_id: UUID, site: str, tier: int) -> None:
        who = self._context.teams[site].on_call(tier)
        url = f"notifications/pages/{page_id}/acknowledge"
        doing = f"acknowledges a page of tier {tier}"
        await self._context.apis.post(who, url, doing, expected=["page_closed"])

    def _undelivered(self, told: Told) -> None:
        if told.data.kind == "undelivered":
            at = working_hour(told.time, COORDINATORS[:1], self._context.scenario.sites[told.site].zone)
            message = told.data.item
            self._context.plan(f"undelivered:{message}", at, lambda: self._tell_instead(message, told.site))

    def _unheard(self, told: Told) -> None:
        program_id = told.data.program_id
        if told.data.kind == "unheard_offer" and self._context.known(program_id):
            at = working_hour(told.time, COORDINATORS[:1], self._context.zone(program_id))
            self._context.plan(f"{told.data.item}:{program_id}", at, lambda: self._ask_about_a_seat(program_id))
        if told.data.kind == "unheard_absence" and self._context.known(program_id):
            at = working_hour(told.time, COORDINATORS[:1], self._context.zone(program_id))
            task_id = told.data.obligation_id
            self._context.plan(f"unheard:{task_id}", at, lambda: self._call_about_an_absence(program_id, task_id))

    async def _call_about_an_absence(self, program_id: UUID, task_id: UUID) -> None:
        context = self._context
        doing = f"calls {context.reference(program_id)}, who missed what no message had told of"
        url = f"scheduler/tasks/{task_id}/close"
        await context.apis.post(context.team(program_id).coordinator, url, doing, expected=["task_closed"])

    async def _ask_about_a_seat(self, program_id: UUID) -> None:
        context = self._context
        doing = f"calls {context.reference(program_id)}, whom no message told of a seat"
        body = {"outcome": "wants_a_seat"}
        url = f"scheduler/programs/{program_id}/offer/told"
        await context.apis.post(context.team(program_id).coordinator, url, doing, body, expected=["no_call_owed"])

    async def _tell_instead(self, message_id: str, site: str) -> None:
        coordinator = self._context.teams[site].coordinator
        url = f"notifications/messages/{message_id}/resolution"
        await self._context.apis.post(
            coordinator, url, "calls whom no mail could reach", {"outcome": "reached"}, expected=["not_undelivered"]
        )
