"""From a referral to a seat: coordinators refer, participants fill in forms and sign, clinicians decide."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from rehearsal.actors.context import Context, Hearing, Told, signature
from rehearsal.actors.days import CLINICIANS, COORDINATORS, at_clock, next_clock, working_hour
from rehearsal.referrals import Referral
from rehearsal.scenario.script import WITHOUT_A_GROUP
from shared.events import intake, integration, scheduler

FORMS_AFTER_DAYS = (1, 2, 3)
EVENING = ("18:00",)
NOON = ("12:00",)
AGREEMENTS = ("treatment_consent", "group_agreement", "follow_up_consent")
DRAFTED = ("date_of_birth", "height_cm", "weight_kg", "conditions")
GIVES_CONTACT = 0.6


class Screening:
    """Everyone's part in screening and seats."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def hears(self) -> Hearing:
        return {
            intake.ObligationOpened: self._review_is_owed,
            scheduler.SeatOffered: self._seat_offered,
            scheduler.SeatAccepted: self._seated,
            integration.AttendanceRecorded: self._after_the_closing_circle,
        }

    def begin(self) -> None:
        for referral in self._context.scenario.referrals:
            at = at_clock(referral.referred_on, COORDINATORS[0], self._context.scenario.sites[referral.site].zone)
            self._context.plan(f"refer:{referral.reference}", at, partial(self._refer, referral))

    async def _refer(self, referral: Referral) -> None:
        body = referral_body(referral, self._context.protocol.id)
        coordinator = self._context.teams[referral.site].coordinator
        doing = f"refers {referral.reference}"
        answer = await self._context.apis.post(coordinator, "intake/referrals", doing, body)
        if answer is None:
            return
        self._expect_forms(UUID(answer.body["program_id"]), referral)

    def _expect_forms(self, program_id: UUID, referral: Referral) -> None:
        context = self._context
        context.references[program_id] = referral.reference
        context.sites[program_id] = referral.site
        days = context.chance.one_of(referral.reference, "forms", FORMS_AFTER_DAYS)
        at = at_clock(referral.referred_on, EVENING[0], context.zone(program_id), days=days)
        context.plan(f"forms:{program_id}", at, lambda: self._fill_in(program_id))

    async def _fill_in(self, program_id: UUID) -> None:
        context = self._context
        reference = context.reference(program_id)
        answers = context.scenario.answers[reference].model_dump(mode="json", by_alias=True, exclude_none=True)
        finished = context.person(program_id).forms == "submitted"
        if not finished:
            answers = {name: answers[name] for name in DRAFTED}
        doing = f"{reference} {'submits' if finished else 'begins'} the forms"
        url = f"intake/referrals/{program_id}/answers"
        await context.apis.put(context.actor(program_id), url, doing, answers, complete=str(finished).lower())

    def _review_is_owed(self, told: Told) -> None:
        if told.data.kind == "screening_review":
            at = working_hour(told.time, CLINICIANS, self._context.scenario.sites[told.site].zone)
            self._context.plan(f"reviews:{told.site}:{at}", at, lambda: self._review_all(told.site))

    async def _review_all(self, site: str) -> None:
        """The clinician goes through their list, one person after the other."""
        clinician = self._context.teams[site].clinician
        doing = "reads the list of screenings to decide"
        tasks = await self._context.apis.get(clinician, "intake/tasks", doing, kind="screening_review")
        waiting = [UUID(task["program_id"]) for task in (tasks.body["items"] if tasks else ())]
        for program_id in sorted(filter(self._context.known, waiting), key=self._context.reference):
            await self._review(program_id)

    async def _review(self, program_id: UUID) -> None:
        context = self._context
        reference, person = context.reference(program_id), context.person(program_id)
        clinician = context.team(program_id)
        url = f"intake/referrals/{program_id}"
        read = await context.apis.get(clinician.clinician, url, f"reads what the rules found of {reference}")
        if read is None:
            return
        self._compare(reference, person.decision, read.body)
        body: dict[str, Any] = {
            "decision": person.decision,
            "signature": signature("I have reviewed the answers and findings."),
        }
        body |= {"reason": person.decision_reason} if person.decision_reason else {}
        await context.apis.post(clinician.clinician, f"{url}/decision", f"decides the screening of {reference}", body)

    def _compare(self, reference: str, decision: str, found: Mapping[str, Any]) -> None:
        """A clinician who would decide against the rules' findings means that the scenario and the answers disagree."""
        excluding = [finding["rule_id"] for finding in found["findings"] if finding["outcome"] == "exclude"]
        if excluding and decision == "eligible":
            self._context.trouble(f"{reference} is eligible in the scenario, but is excluded by {', '.join(excluding)}")
        suggested = (found["modality"] or {}).get("suggested")
        if suggested in WITHOUT_A_GROUP and decision == "eligible":
            self._context.trouble(f"{reference} is eligible in the scenario, but individual care is suggested")

    def _seat_offered(self, told: Told) -> None:
        program_id = told.data.program_id
        if not self._context.known(program_id):
            return
        zone = self._context.zone(program_id)
        signs_at = next_clock(told.time, NOON, zone)
        answers_at = next_clock(signs_at, EVENING, zone)
        if self._context.person(program_id).seat == "accepts":
            self._context.plan(f"sign:{program_id}", signs_at, lambda: self._sign(program_id, AGREEMENTS))
        name = f"offer:{program_id}:{told.data.expires_at}"
        self._context.plan(name, answers_at, lambda: self._answer_offer(program_id))

    async def _sign(self, program_id: UUID, kinds: tuple[str, ...]) -> None:
        context = self._context
        for kind in kinds:
            doing = f"{context.reference(program_id)} signs the {kind}"
            url = f"intake/referrals/{program_id}/agreements"
            await context.apis.post(context.actor(program_id), url, doing, {"kind": kind}, expected=["already_signed"])

    async def _answer_offer(self, program_id: UUID) -> None:
        context = self._context
        answer = {"accepts": "accept", "declines": "decline"}[context.person(program_id).seat]
        doing = f"{context.reference(program_id)} {answer}s the seat"
        await context.apis.post(context.actor(program_id), f"scheduler/programs/{program_id}/offer/{answer}", doing)

    def _seated(self, told: Told) -> None:
        """Whoever will withdraw does so on the Thursday of that week."""
        program_id = told.data.program_id
        cohort = self._context.cohorts.get(told.data.cohort_id)
        leaves = self._context.person(program_id).withdraws if self._context.known(program_id) else None
        if cohort and leaves:
            at = at_clock(cohort.starts_on, COORDINATORS[0], cohort.zone, days=7 * (leaves.week - 1) + 3)
            self._context.plan(f"withdraw:{program_id}", at, lambda: self._withdraw(program_id, leaves.reason))

    async def _withdraw(self, program_id: UUID, reason: str) -> None:
        context = self._context
        doing = f"{context.reference(program_id)} withdraws"
        url = f"scheduler/programs/{program_id}/withdraw"
        body = {"reason": reason, "confirms": str(program_id)}
        await context.apis.post(context.actor(program_id), url, doing, body)

    def _after_the_closing_circle(self, told: Told) -> None:
        """Members may exchange contacts at the end, if they opt in."""
        program_id = told.data.program_id
        closing = {s.key for s in self._context.protocol.sessions if "contact_exchange" in s.includes}
        if told.data.item not in closing or told.data.status != "attended" or not self._context.known(program_id):
            return
        if self._context.chance.happens(self._context.reference(program_id), "contact_exchange", GIVES_CONTACT):
            at = next_clock(told.time + timedelta(hours=1), NOON, self._context.zone(program_id))
            self._context.plan(f"contacts:{program_id}", at, lambda: self._sign(program_id, ("contact_exchange",)))


def referral_body(referral: Referral, protocol_id: str) -> dict[str, Any]:
    """What a coordinator sends to refer somebody."""
    person = referral.model_dump(mode="json", include={"given_name", "family_name", "date_of_birth", "email"})
    person |= {"zone": referral.zone} if referral.zone else {}
    person |= {"phone": referral.phone} if referral.phone else {}
    named = {"site": referral.site, "protocol_id": protocol_id, "reference": referral.reference}
    return named | {"person": person}
