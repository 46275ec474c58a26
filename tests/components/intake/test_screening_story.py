"""From a referral to a signed decision, signed agreements and a dose's clearance, with every clock on the way."""

from datetime import datetime, timedelta
from uuid import UUID

from shared.events import intake as events
from shared.events.scheduler import StateChanged
from tests.components.intake.conftest import Applicant, referral
from tests.lib.component import Component
from tests.unit.intake.people import HEALTHY, condition

DAY = timedelta(days=1)
PSYCHOSIS = condition("psychosis", active=False)


async def test_a_referral_is_told_and_its_forms_are_owed(intake: Component, applicant: Applicant) -> None:
    told = await intake.heard(events.ReferralReceived, program_id=applicant.program_id)
    assert (told.site, told.data.protocol_id) == ("bc", "weekly6")
    [task] = await applicant.tasks()
    assert (task["kind"], task["owner"], task["overdue"]) == ("forms", "coordinator", False)
    assert datetime.fromisoformat(task["deadline"]) - datetime.fromisoformat(task["opened_at"]) == 14 * DAY
    assert (await applicant.shown())["state"] == "awaiting_forms"


async def test_a_healthy_applicant_is_found_eligible_and_cleared(intake: Component, applicant: Applicant) -> None:
    assert (await applicant.answer()).json()["state"] == "awaiting_review"
    await intake.heard(events.FormsSubmitted, program_id=applicant.program_id)
    closed = await intake.heard(events.ObligationClosed, program_id=applicant.program_id, kind="forms")
    assert closed.data.closure == "submitted"
    [review] = await applicant.tasks()
    assert (review["kind"], review["owner"]) == ("screening_review", "clinician")

    decided = await applicant.decide()
    assert decided.status_code == 200
    told = await intake.heard(events.ScreeningDecided, program_id=applicant.program_id)
    assert told.data.decision == "eligible"
    assert await applicant.tasks() == []
    assert (await applicant.clearance()).refusals == (
        "agreement_missing:treatment_consent",
        "agreement_missing:group_agreement",
    )
    assert (await applicant.sign("treatment_consent")).status_code == 201
    assert len((await applicant.sign("group_agreement")).json()["items"]) == 2
    await intake.heard(events.AgreementSigned, program_id=applicant.program_id, kind="group_agreement")
    cleared = await applicant.clearance()
    assert (cleared.refusals, cleared.revision) == ((), 5)
    assert cleared.valid_until - cleared.answered_at == timedelta(minutes=10)


async def test_a_revoked_consent_refuses_the_dose_at_once(intake: Component, applicant: Applicant) -> None:
    await applicant.answer()
    await applicant.decide()
    for kind in ("treatment_consent", "group_agreement"):
        await applicant.sign(kind)
    assert (await applicant.revoke("treatment_consent")).status_code == 200
    await intake.heard(events.AgreementRevoked, program_id=applicant.program_id, kind="treatment_consent")
    assert (await applicant.clearance()).refusals == ("agreement_missing:treatment_consent",)
    assert (await applicant.revoke("treatment_consent")).json()["rule"] == "not_signed"
    await applicant.sign("treatment_consent")
    assert (await applicant.sign("treatment_consent")).json()["rule"] == "already_signed"
    assert (await applicant.clearance()).refusals == ()


async def test_an_exclusion_blocks_until_a_clinician_overrides_it(applicant: Applicant) -> None:
    await applicant.answer(conditions=PSYCHOSIS)
    [finding] = (await applicant.shown())["findings"]
    assert (finding["rule_id"], finding["outcome"], finding["source"]) == ("psychosis_history", "exclude", "S4 item 4")
    refused = await applicant.decide()
    assert (refused.status_code, refused.json()["rule"]) == (422, "override_needs_reason")
    signed = (await applicant.decide(override_reason="One episode after surgery in 1998.")).json()
    assert signed["overridden"] == ["psychosis_history"]
    assert (signed["signed_by"], signed["role"], len(signed["sha256"])) == ("clinician-1", "clinician", 64)
    shown = await applicant.shown()
    assert signed["protocol"] == shown["protocol"]
    assert shown["decision"] == signed


async def test_whoever_is_excluded_or_redirected_has_nothing_to_sign_and_no_clearance(intake: Component) -> None:
    for decision in ("excluded", "redirected"):
        applicant = await Applicant.refer(intake)
        await applicant.answer(conditions=PSYCHOSIS)
        assert (await applicant.decide(decision)).status_code == 200
        assert (await applicant.shown())["state"] == decision
        assert (await applicant.sign("treatment_consent")).json()["rule"] == "screening_closed"
        assert "screening_not_eligible" in (await applicant.clearance()).refusals
        again = await applicant.decide()
        assert (again.status_code, again.json()["rule"]) == (409, "already_decided")


async def test_drafts_are_laid_over_one_another_until_the_whole_is_there(applicant: Applicant) -> None:
    path, person = f"{applicant.path}/answers", applicant.themself()
    first = await person.put(path, params={"complete": False}, json={"height_cm": 170, "stop_bang": 3})
    assert first.json() == {
        "program_id": str(applicant.program_id),
        "version": 1,
        "complete": False,
        "state": "awaiting_forms",
        "touched": [],
    }
    unfinished = await person.put(path, json={})
    assert unfinished.status_code == 422
    assert {"field": "body.weight_kg", "rule": "missing", "detail": "Field required"} in unfinished.json()["errors"]
    rest = {name: answer for name, answer in HEALTHY.items() if name not in ("height_cm", "stop_bang")}
    assert (await person.put(path, params={"complete": False}, json=rest)).json()["version"] == 2
    assert (await person.put(path, json={"stop_bang": 6})).json()["state"] == "awaiting_review"
    kept = (await person.get(path)).json()
    assert (kept["version"], kept["answers"]["height_cm"], kept["answers"]["stop_bang"]) == (3, 170, 6)
    assert [finding["rule_id"] for finding in (await applicant.shown())["findings"]] == ["stop_bang_high"]
    back = await person.put(path, params={"complete": False}, json={})
    assert back.json()["rule"] == "already_submitted"


async def test_a_clinician_does_not_sign_answers_that_were_corrected_meanwhile(
    intake: Component, applicant: Applicant
) -> None:
    await applicant.answer()
    await applicant.answer(conditions=condition("glaucoma"))
    refused = await applicant.decide(answers_version=1)
    assert (refused.status_code, refused.json()["rule"]) == (409, "answers_changed")
    assert (await applicant.decide(answers_version=2)).json()["answers_version"] == 2
    assert (await applicant.answer()).json()["rule"] == "already_decided"
    assert len(await intake.all_heard(events.FormsSubmitted, program_id=applicant.program_id)) == 1


async def test_a_decision_that_ends_soon_is_renewed_before_it_refuses_a_dose(
    intake: Component, applicant: Applicant
) -> None:
    await applicant.answer()
    await applicant.decide()
    for kind in ("treatment_consent", "group_agreement"):
        await applicant.sign(kind)
    first = await intake.heard(events.ScreeningDecided, program_id=applicant.program_id)
    assert first.data.valid_until == first.time + 180 * DAY
    await intake.skip(165 * DAY)
    assert (await applicant.decide()).json()["rule"] == "already_decided"
    await intake.skip(2 * DAY)
    assert (await applicant.answer(weight_kg=72)).status_code == 200
    assert (await applicant.decide()).status_code == 200
    await intake.skip(14 * DAY)
    assert (await applicant.clearance()).refusals == ()


async def test_a_decision_expires_and_is_renewed_by_a_clinician(intake: Component, applicant: Applicant) -> None:
    await applicant.answer()
    await applicant.decide()
    for kind in ("treatment_consent", "group_agreement"):
        await applicant.sign(kind)
    await intake.skip(180 * DAY)
    assert (await applicant.clearance()).refusals == ("screening_expired",)
    assert (await applicant.answer(weight_kg=72)).status_code == 200
    assert (await applicant.decide()).json()["answers_version"] == 2
    assert (await applicant.clearance()).refusals == ()


async def test_who_never_finishes_the_forms_is_reminded_and_lapses(intake: Component) -> None:
    applicant, began = await Applicant.refer(intake), await intake.now()
    await applicant.hears_of_the_forms()
    await applicant.answer(complete=False)
    await intake.skip(15 * DAY)
    reminders = await intake.all_heard(events.FormsReminderDue, program_id=applicant.program_id)
    assert [(round((told.time - began) / DAY), told.data.reminder) for told in reminders] == [(3, 1), (7, 2), (11, 3)]
    told = await intake.all_heard(events.ObligationEscalated, program_id=applicant.program_id)
    assert [(event.data.stage, event.data.owner) for event in told][-1] == ("call", "coordinator")
    assert round((told[-1].time - began) / DAY) == 11
    lapsed = await intake.heard(events.ScreeningLapsed, program_id=applicant.program_id)
    assert round((lapsed.time - began) / DAY) == 14
    closed = await intake.heard(events.ObligationClosed, program_id=applicant.program_id)
    assert (closed.data.closure, closed.data.closed_by) == ("lapsed", "forms_within")
    assert (await applicant.shown())["state"] == "lapsed"
    assert (await applicant.answer()).json()["rule"] == "screening_lapsed"
    assert (await applicant.decide()).json()["rule"] == "screening_lapsed"


async def test_whom_no_message_reached_does_not_lapse_and_is_called(intake: Component) -> None:
    applicant = await Applicant.refer(intake)
    await intake.skip(15.5 * DAY)
    assert (await applicant.shown())["state"] == "awaiting_forms"
    told = await intake.all_heard(events.ObligationEscalated, program_id=applicant.program_id)
    assert [event.data.stage for event in told][-2:] == ["unheard:1", "unheard:2"]
    [call] = await applicant.tasks()
    assert (call["kind"], call["owner"]) == ("forms", "coordinator")

    began = await intake.now()
    answer = await intake.as_("coordinator").post(f"{applicant.path}/forms/told")
    assert round((datetime.fromisoformat(answer.json()["deadline"]) - began) / DAY) == 14
    await intake.skip(13 * DAY)
    reminders = await intake.all_heard(events.FormsReminderDue, program_id=applicant.program_id)
    assert [told.data.reminder for told in reminders] == [1, 2, 3, 1, 2, 3]
    assert (await applicant.shown())["state"] == "awaiting_forms"
    await intake.skip(2 * DAY)
    lapsed = await intake.heard(events.ScreeningLapsed, program_id=applicant.program_id)
    assert round((lapsed.time - began) / DAY) == 14
    refused = await intake.as_("coordinator").post(f"{applicant.path}/forms/told")
    assert (refused.status_code, refused.json()["rule"]) == (409, "no_forms_owed")


async def test_whoever_begins_the_forms_has_heard_of_them(intake: Component) -> None:
    applicant, began = await Applicant.refer(intake), await intake.now()
    await intake.skip(5 * DAY)
    await applicant.answer(complete=False)
    await intake.skip(15 * DAY)
    lapsed = await intake.heard(events.ScreeningLapsed, program_id=applicant.program_id)
    assert round((lapsed.time - began) / DAY) == 19


async def test_nothing_is_owed_of_who_left_until_it_turns_out_that_they_did_not(intake: Component) -> None:
    asked, reviewed = await Applicant.refer(intake), await Applicant.refer(intake)
    await reviewed.answer()
    for applicant in (asked, reviewed):
        await intake.publish(StateChanged(program_id=applicant.program_id, cohort_id=None, state="withdrawn"))
        closed = await intake.all_heard(events.ObligationClosed, program_id=applicant.program_id)
        assert closed[-1].data.closure == "program_closed"
        assert await applicant.tasks() == []
    await intake.skip(20 * DAY)
    for applicant, kind in ((asked, "forms"), (reviewed, "screening_review")):
        await intake.publish(StateChanged(program_id=applicant.program_id, cohort_id=None, state="in_screening"))
        [owed] = await applicant.tasks()
        assert (owed["kind"], owed["overdue"]) == (kind, False)
    assert (await asked.answer()).json()["state"] == "awaiting_review"


async def test_an_overdue_review_is_escalated_and_never_closes_by_itself(intake: Component) -> None:
    applicant = await Applicant.refer(intake)
    await applicant.answer()
    await intake.skip(10 * DAY)
    escalated = await intake.all_heard(events.ObligationEscalated, program_id=applicant.program_id)
    assert [told.data.stage for told in escalated] == ["overdue:1", "overdue:2", "overdue:3"]
    [review] = await applicant.tasks()
    assert review["stage"] == "overdue:3"
    assert (await applicant.decide()).status_code == 200
    await intake.skip(10 * DAY)
    assert len(await intake.all_heard(events.ObligationEscalated, program_id=applicant.program_id)) == 3


async def test_the_counts_are_what_was_referred(intake: Component) -> None:
    auditor = intake.as_("auditor", "bc", "co")
    before = (await auditor.get("/counts")).json()["referred"]
    await Applicant.refer(intake, "co")
    assert (await auditor.get("/counts")).json()["referred"] == before + 1
    listed = (await auditor.get("/referrals", params={"site": "co"})).json()["items"]
    assert len(listed) == (await auditor.get("/counts", params={"site": "co"})).json()["referred"]
    page = (await auditor.get("/referrals", params={"limit": 2})).json()
    following = (await auditor.get("/referrals", params={"limit": 2, "after": page["next"]})).json()["items"]
    assert UUID(following[0]["program_id"]) > UUID(page["items"][-1]["program_id"])


async def test_a_referral_is_found_by_its_reference_in_any_case_and_on_any_page(intake: Component) -> None:
    for _ in range(3):
        await Applicant.refer(intake)
    answer = await intake.as_("coordinator").post("/referrals", json=referral(reference="R-Found.1"))
    for query in ({"reference": "R-Found.1"}, {"reference": "r-fOUND.1", "limit": 1}):
        found = (await intake.as_("auditor").get("/referrals", params=query)).json()["items"]
        assert [one["program_id"] for one in found] == [answer.json()["program_id"]]
    elsewhere = intake.as_("auditor", "co")
    assert (await elsewhere.get("/referrals", params={"reference": "R-Found.1"})).json()["items"] == []
