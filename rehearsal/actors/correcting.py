"""Who refers somebody twice is asked to look, and a corrected answer has the screening signed again."""

from functools import partial
from uuid import UUID

from rehearsal.actors.context import Context, Hearing, Told
from rehearsal.actors.days import COORDINATORS, at_clock, working_hour
from rehearsal.actors.screening import referral_body
from shared.events import intake, scheduler

A_THURSDAY = 3


class Correcting:
    """The coordinators' part in what turns out to have been wrong."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def hears(self) -> Hearing:
        return {intake.FormsSubmitted: self._forms_came, scheduler.SeatAccepted: self._seated}

    def _forms_came(self, told: Told) -> None:
        """Somebody's physician refers them too, under a number of their own."""
        program_id = told.data.program_id
        if self._context.known(program_id) and self._context.person(program_id).referred_again_as:
            at = working_hour(told.time, COORDINATORS, self._context.zone(program_id))
            self._context.plan(f"refers again:{program_id}", at, partial(self._refer_again, program_id))

    async def _refer_again(self, program_id: UUID) -> None:
        context = self._context
        reference, again = context.reference(program_id), context.person(program_id).referred_again_as
        referral = next(one for one in context.scenario.referrals if one.reference == reference)
        body = referral_body(referral, context.protocol.id) | {"reference": again}
        doing = f"refers {reference} once more, as {again}"
        answer = await context.apis.post(
            context.team(program_id).coordinator, "intake/referrals", doing, body, expected=["likely_duplicate"]
        )
        if answer and answer.accepted:
            context.trouble(f"{reference} was taken a second time, as {again}, and nobody was asked who they are")

    def _seated(self, told: Told) -> None:
        """An answer turns out to have been wrong on the Thursday of that week."""
        program_id = told.data.program_id
        cohort = self._context.cohorts.get(told.data.cohort_id)
        corrects = self._context.person(program_id).corrects if self._context.known(program_id) else None
        if cohort and corrects:
            days = 7 * (corrects.week - 1) + A_THURSDAY
            at = at_clock(cohort.starts_on, COORDINATORS[0], cohort.zone, days=days)
            self._context.plan(f"corrects:{program_id}", at, partial(self._correct, program_id))

    async def _correct(self, program_id: UUID) -> None:
        """The clinician finds the review in their list; the next dose waits for their signature."""
        context = self._context
        corrects = context.person(program_id).corrects
        assert corrects is not None
        doing = f"corrects what {context.reference(program_id)} had answered: {corrects.reason}"
        url = f"intake/referrals/{program_id}/answers"
        answer = await context.apis.put(context.team(program_id).coordinator, url, doing, dict(corrects.answers))
        if answer and answer.accepted and not any("no longer stands" in said for said in answer.body["touched"]):
            context.trouble(f"{context.reference(program_id)}: the correction left the decision as it was signed")
