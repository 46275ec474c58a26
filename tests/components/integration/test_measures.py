"""Questionnaires on the real servers: windows, chase, scores, item 9, and the outcome table."""

from typing import Any
from uuid import uuid4

from shared.events.integration import (
    MeasureCompleted,
    MeasureMissed,
    MeasureOpened,
    MeasureReminderDue,
    ObligationClosed,
    RiskRaised,
)
from tests.components.integration.conftest import DAY, HOUR, MINUTE, SIGNATURE, Person
from tests.lib.component import Component
from tests.lib.pinned import pin

CALM = {"phq9": [1] * 8 + [0], "gad7": [1] * 7, "pcl5": [1] * 20}
BASELINE, FOLLOW_UP = "measure:baseline", "measure:six_months"
NO = {"q1": False, "q2": False, "q6": False}


async def fill_in_all(person: Person, item: str, **changed: list[int | None]) -> list[Any]:
    answers = [await person.fills_in(item, id, items) for id, items in (CALM | changed).items()]
    assert [answer.status_code for answer in answers] == [200] * len(answers), [answer.text for answer in answers]
    return [answer.json() for answer in answers]


async def screen(integration: Component, risk_id: str, **answers: bool) -> Any:
    return await integration.as_("clinician").post(f"/risks/{risk_id}/c-ssrs", json={"answers": NO | answers})


async def decide(integration: Component, risk_id: str) -> Any:
    body = {"decision": "no_concern", "reason": "Passive thoughts, no plan.", "signature": SIGNATURE}
    return await integration.as_("clinician").post(f"/risks/{risk_id}/close", json=body)


async def give_up(integration: Component, person: Person, item: str) -> Any:
    path = f"/measures/{person.id}/{item}/close"
    return await integration.as_("coordinator").post(path, json={"reason": "Five letters, no answer."})


async def test_the_baseline_is_complete_with_its_last_questionnaire_and_clears_the_first_dose(
    integration: Component, person: Person
) -> None:
    await person.is_measured("baseline", -14 * DAY, 0 * DAY)
    await integration.heard(MeasureOpened, program_id=person.id, item=BASELINE)
    assert (await person.clearance("dose:1")).refusals == ("baseline_missing",)
    assert (await person.clearance("dose:2")).refusals == ()

    answers = await fill_in_all(person, BASELINE)
    assert [answer["completed"] for answer in answers] == [False, False, True]
    completed = await integration.heard(MeasureCompleted, program_id=person.id, item=BASELINE)
    assert completed.data.late is False
    assert (await person.clearance("dose:1")).refusals == ()
    assert await person.tasks("measure") == []


async def test_a_missing_item_leaves_the_questionnaire_open_until_it_is_answered(
    integration: Component, person: Person
) -> None:
    await person.is_measured("week5", -7 * DAY, 7 * DAY)
    first = (await person.fills_in("measure:week5", "phq9", [1, None, 1, 1, 1, 1, 1, 1, 0])).json()
    assert (first["missing"], first["completed"]) == ([2], False)
    await person.fills_in("measure:week5", "gad7", CALM["gad7"])
    assert (await person.fills_in("measure:week5", "phq9", CALM["phq9"])).json()["completed"] is True
    again = await person.fills_in("measure:week5", "phq9", CALM["phq9"])
    assert (again.status_code, again.json()["rule"]) == (409, "measure_closed")


async def test_item_9_asks_for_a_screener_the_same_day_and_holds_the_next_dose(
    integration: Component, person: Person
) -> None:
    await person.is_measured("week5", -7 * DAY, 7 * DAY)
    answer = (await person.fills_in("measure:week5", "phq9", [0] * 8 + [1])).json()
    assert answer["crisis_line"] == "9-8-8"
    (task,) = await person.tasks("c_ssrs")
    assert (task["owner"], task["item"]) == ("clinician", answer["risk_id"])
    assert (await person.clearance()).refusals == ("open_risk",)
    assert (await decide(integration, answer["risk_id"])).json()["rule"] == "c_ssrs_owed"

    screened = await screen(integration, answer["risk_id"], q1=True)
    assert screened.json() | {"level": "low", "page": False, "hold_dosing": False} == screened.json()
    assert await person.tasks("c_ssrs") == []
    assert (await decide(integration, answer["risk_id"])).status_code == 200
    assert (await person.clearance()).refusals == ()


async def test_a_high_screener_pages_again_and_shortens_the_deadline(integration: Component, person: Person) -> None:
    await person.is_measured("week5", -7 * DAY, 7 * DAY)
    risk_id = (await person.fills_in("measure:week5", "phq9", [0] * 8 + [3])).json()["risk_id"]
    asked = await screen(integration, risk_id, q2=True)
    assert (asked.status_code, asked.json()["field"]) == (422, "answers.q3")
    high = await screen(integration, risk_id, q2=True, q3=True, q4=True, q5=False)
    assert high.json() | {"level": "high", "page": True, "hold_dosing": True} == high.json()
    items = [heard.data.item for heard in await integration.all_heard(RiskRaised, program_id=person.id)]
    assert items == ["measure:week5", "c_ssrs:measure:week5"]
    (task,) = await person.tasks("risk")
    assert task["stage"] == "screened"
    await integration.skip(16 * MINUTE)
    (task,) = await person.tasks("risk")
    assert (task["owner"], task["overdue"]) == ("prescriber", True)
    listed = await integration.as_("clinician").get("/risks", params={"open": "true", "program_id": str(person.id)})
    assert [risk["why"] for risk in listed.json()["items"]] == ["phq9:item9"]


async def test_a_silent_follow_up_is_chased_and_then_given_up_by_a_person_with_a_reason(
    integration: Component, person: Person
) -> None:
    due_at = await person.is_measured("six_months", -14 * DAY, 14 * DAY)
    await integration.skip(due_at + 9 * DAY)
    reminders = await integration.all_heard(MeasureReminderDue, program_id=person.id)
    assert [heard.data.reminder for heard in reminders] == [1, 2, 3]
    assert [task["stage"] for task in await person.tasks("measure")] == ["call"]
    early = await give_up(integration, person, FOLLOW_UP)
    assert (early.status_code, early.json()["rule"]) == (409, "chase_not_over")
    await integration.skip(due_at + 40 * DAY)
    (task,) = await person.tasks("measure")
    assert (task["stage"], task["owner"], task["overdue"]) == ("overdue", "clinician", True)
    assert await integration.all_heard(MeasureMissed, program_id=person.id) == []

    assert (await give_up(integration, person, FOLLOW_UP)).json()["closure"] == "missed"
    await integration.heard(MeasureMissed, program_id=person.id, item=FOLLOW_UP)
    closed = await integration.heard(ObligationClosed, program_id=person.id, kind="measure")
    assert (closed.data.closure, closed.data.closed_by) == ("missed", "coordinator-1")


async def test_a_late_answer_is_welcome_while_the_follow_up_is_open(integration: Component, person: Person) -> None:
    due_at = await person.is_measured("six_months", -14 * DAY, 14 * DAY)
    await integration.skip(due_at + 16 * DAY)
    answers = await fill_in_all(person, FOLLOW_UP)
    assert all(answer["late"] for answer in answers)
    completed = await integration.heard(MeasureCompleted, program_id=person.id)
    assert completed.data.late is True


async def test_leaving_closes_open_measures_but_the_follow_up_is_still_offered(
    integration: Component, person: Person
) -> None:
    await person.is_measured("end", -7 * DAY, 7 * DAY)
    await person.becomes("withdrawn")
    closed = await integration.heard(ObligationClosed, program_id=person.id, kind="measure")
    assert closed.data.closure == "program_closed"
    await person.is_measured("six_months", -14 * DAY, 14 * DAY)
    assert [task["item"] for task in await person.tasks("measure")] == [FOLLOW_UP]
    await person.becomes("died")
    assert await person.tasks("measure") == []


async def test_outcomes_count_everyone_who_reached_their_baseline(integration: Component) -> None:
    cohort_id = uuid4()
    ana, ben, carl = [await Person.seated(integration, cohort_id) for _ in range(3)]
    for person, item_1 in ((ana, 3), (ben, 1)):
        await person.is_measured("baseline", -14 * DAY, 0 * DAY)
        await fill_in_all(person, BASELINE, phq9=[item_1] * 5 + [0] * 4)
    await carl.is_measured("baseline", -14 * DAY, 0 * DAY)
    await ana.is_measured("end", -7 * DAY, 7 * DAY)
    await ana.fills_in("measure:end", "phq9", [1] * 8 + [0])

    answer = await integration.as_("auditor").get("/outcomes", params={"site": "bc", "cohort_id": str(cohort_id)})
    cells = {(cell["instrument"], cell["measure"]): cell for cell in answer.json()["items"]}
    assert cells["phq9", "baseline"] | {"n": 2, "missing": 1, "mean": 10.0, "sd": 7.07} == cells["phq9", "baseline"]
    assert cells["phq9", "end"] | {"n": 1, "missing": 2, "mean": 8.0, "sd": None} == cells["phq9", "end"]
    assert cells["pcl5", "six_months"] | {"n": 0, "missing": 3, "mean": None} == cells["pcl5", "six_months"]
    elsewhere = await integration.as_("auditor").get("/outcomes", params={"site": "co"})
    assert (elsewhere.status_code, elsewhere.json()["rule"]) == (403, "site")


async def test_scores_are_shown_to_clinicians_alone(integration: Component, person: Person) -> None:
    await person.is_measured("week8", -7 * DAY, 7 * DAY)
    await person.fills_in("measure:week8", "gad7", [2] * 7)
    query = {"program_id": str(person.id)}

    async def score(role: Any, **caller: Any) -> Any:
        (shown,) = (await integration.as_(role, **caller).get("/measures", params=query)).json()["items"]
        return shown["questionnaires"][1]["score"]

    assert (await score("clinician"))["total"] == 14
    assert await score("coordinator") is None
    assert await score("participant", subject=person.id) is None


async def test_subscales_are_kept_beside_the_total_and_have_outcomes_of_their_own(integration: Component) -> None:
    ana = await Person.seated(integration, protocol=pin("otago2"))
    await ana.is_measured("baseline", -14 * DAY, 0 * DAY)
    answered = await ana.fills_in(BASELINE, "ffmq15", [5] * 15)
    assert answered.status_code == 200, answered.text
    query = {"program_id": str(ana.id)}
    (shown,) = (await integration.as_("clinician").get("/measures", params=query)).json()["items"]
    (ffmq15,) = [one for one in shown["questionnaires"] if one["instrument"] == "ffmq15"]
    assert (ffmq15["item_min"], ffmq15["score"]["total"]) == (1, 47)
    assert {"subscale": "acting", "score": 3, "positive": None} in ffmq15["score"]["subscales"]
    outcomes = await integration.as_("auditor").get("/outcomes", params={"cohort_id": str(ana.cohort_id)})
    told = [one for one in outcomes.json()["items"] if (one["instrument"], one["measure"]) == ("ffmq15", "baseline")]
    means = {one["subscale"]: one["mean"] for one in told}
    assert (means[None], means["acting"], means["observing"]) == (47, 3, 15)


async def test_questionnaires_are_refused_by_rule_program_and_shape(integration: Component, person: Person) -> None:
    await person.is_measured("week8", -7 * DAY, 7 * DAY)
    await integration.skip(HOUR)
    short = await person.fills_in("measure:week8", "phq9", [0] * 8)
    assert (short.status_code, short.json()["rule"]) == (422, "wrong_number_of_items")
    assert (await person.fills_in("measure:week8", "phq9", [0] * 8 + [4])).json()["field"] == "items.8"
    assert (await person.fills_in("measure:week8", "pcl5", [0] * 20)).json()["rule"] == "unknown_instrument"
    assert (await person.fills_in("measure:week5", "phq9", [0] * 9)).status_code == 404
    path = f"/measures/{person.id}/measure:week8/phq9"
    other = integration.as_("participant", subject=uuid4())
    assert (await other.post(path, json={"items": [0] * 9})).json()["rule"] == "own_program"
    assert (await integration.as_("facilitator").get("/risks")).status_code == 403


async def test_nobody_is_cleared_whose_protocol_is_not_known(integration: Component) -> None:
    stranger = Person(integration, uuid4())
    answer = await stranger.clearance()
    assert answer.refusals == ("program_unknown",)
    assert answer.valid_until == answer.answered_at
