"""Intake hears which version of its protocol a program follows, and answers two questions."""

from typing import Any

from services.intake.commands import evaluate_again, follow_leaving
from services.intake.commands.look_for_duplicates import ask_for_a_look
from services.intake.commands.look_up_person import look_up_contact
from services.intake.commands.tell_of_forms import heard_of_forms
from services.intake.domain import clearance
from services.intake.domain.referral import Pin, pinned
from services.intake.storage import forms, identity, referrals, screening, versions
from services.intake.storage.other_programs import refusals_of_others
from shared.events import Envelope, notifications, scheduler, session
from shared.events.questions import ClearanceAnswer, ClearanceQuestion, ContactAnswer, ContactQuestion
from shared.handlers import Handlers
from shared.program_states import LEFT
from shared.projection import participants
from shared.projection.participant import Change
from shared.refusal import Refused
from shared.work import Work

handlers = Handlers()


async def follow_protocol(work: Work, heard: Envelope[Any], change: Change) -> None:
    """Screen the person by the version that their cohort follows."""
    referral = await referrals.find_locked(work, heard.data.program_id)
    follows = change.after.pin
    if referral is None or follows is None:
        return
    pin = Pin(follows.id, follows.version, follows.hash)
    if pin != referral.pin:
        followed = await referrals.follow(work.connection, referral, pin)
        await evaluate_again.follow_protocol(work, followed, by=f"event:{heard.id}")


@handlers.hears(scheduler.VersionReleased)
async def version_released(work: Work, heard: Envelope[scheduler.VersionReleased]) -> None:
    """Screen by this version who is referred at the site from now on."""
    told = heard.data.protocol
    await versions.keep(work.connection, heard.site, Pin(told.id, told.version, told.hash), heard.time)


async def state_changed(work: Work, heard: Envelope[scheduler.StateChanged], change: Change) -> None:
    """Keep the course of a program; who becomes active while another program of theirs runs is looked at.

    Nothing is owed of who left, until it turns out that they did not.
    """
    told = heard.data
    await identity.keep_course(work.connection, heard, told.program_id, work.now, state=told.state)
    referral = await referrals.find(work.connection, told.program_id)
    if referral is None or not change.is_news:
        return
    if told.state == "active":
        await ask_for_a_look(work, referral)
    if told.state in LEFT:
        await follow_leaving.leave(work, told.program_id)
    else:
        await follow_leaving.come_back(work, referral, heard.sequence)


participants.keep(
    handlers,
    then={
        scheduler.SeatAccepted: follow_protocol,
        scheduler.ProgramAmended: follow_protocol,
        scheduler.StateChanged: state_changed,
    },
)


@handlers.hears(notifications.ParticipantTold)
async def participant_told(work: Work, heard: Envelope[notifications.ParticipantTold]) -> None:
    """The time for the forms counts from when the person heard that they are asked for them."""
    if heard.data.category != "forms":
        return
    owed = await forms.owed(work, heard.data.program_id)
    if owed:
        await heard_of_forms(work, owed, heard.time)


@handlers.hears(session.DoseAdministered)
async def dosed(work: Work, heard: Envelope[session.DoseAdministered]) -> None:
    """Keep when a dose was given: the minimum interval holds across the programs of a person."""
    told = heard.data
    await identity.keep_course(work.connection, heard, told.program_id, work.now, dosed_at=told.administered_at)


@handlers.answers("clearance", ClearanceQuestion)
async def clear(work: Work, asked: ClearanceQuestion) -> ClearanceAnswer:
    """Whether screening and agreements allow the dose at this moment."""
    referral = await referrals.find(work.connection, asked.program_id)
    if referral is None:
        return _answer(work, (clearance.UNKNOWN_PROGRAM,), 0)
    try:
        protocol = pinned(work.protocols, referral.pin)
    except Refused as unpinned:
        return _answer(work, (unpinned.rule,), referral.revision)
    decision = await screening.decision(work.connection, referral.program_id)
    ledger = await screening.agreements(work.connection, referral.program_id)
    reopened = await screening.is_reopened(work.connection, referral.program_id)
    return ClearanceAnswer(
        authority="intake",
        refusals=(
            *clearance.refusals(referral, decision, ledger, protocol, work.now, reopened=reopened),
            *await refusals_of_others(work, referral.program_id, protocol, work.now),
        ),
        revision=referral.revision,
        answered_at=work.now,
        valid_until=clearance.valid_until(decision, protocol, work.now),
    )


def _answer(work: Work, refusals: tuple[str, ...], revision: int) -> ClearanceAnswer:
    return ClearanceAnswer(
        authority="intake", refusals=refusals, revision=revision, answered_at=work.now, valid_until=work.now
    )


@handlers.answers("contact", ContactQuestion)
async def tell_contact(work: Work, asked: ContactQuestion) -> ContactAnswer:
    """How to reach a person, for one purpose; every look-up is kept."""
    person = await look_up_contact(work, asked.program_id, asked.purpose)
    if person is None:
        site = work.sites.get(asked.site)
        return ContactAnswer(email=None, given_name="", zone=site.zone if site else "UTC")
    return ContactAnswer(email=person.email, given_name=person.given_name, zone=person.zone)
