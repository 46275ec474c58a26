"""Two people who act in the same moment: one of them is first, the other is told so, and nobody waits for ever."""

import asyncio

from shared.events import intake as events
from tests.components.intake.conftest import Applicant, referral
from tests.lib.component import Component


async def test_of_two_referrals_with_one_reference_one_is_taken(intake: Component) -> None:
    same, staff = referral(reference="R-race"), intake.as_("coordinator")
    answers = await asyncio.gather(*(staff.post("/referrals", json=same) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_of_many_decisions_one_is_signed(intake: Component, applicant: Applicant) -> None:
    await applicant.answer()
    outcomes = ("eligible", "excluded", "redirected", "eligible")
    answers = await asyncio.gather(*map(applicant.decide, outcomes))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert len(await intake.all_heard(events.ScreeningDecided, program_id=applicant.program_id)) == 1


async def test_forms_that_come_at_the_last_moment_are_submitted_or_lapsed_never_both(intake: Component) -> None:
    late = [await Applicant.refer(intake) for _ in range(6)]
    [task] = await late[0].tasks()
    await intake.time.move((await intake.now()).fromisoformat(task["deadline"]))
    answers = await asyncio.gather(*(applicant.answer() for applicant in late))
    for applicant, answer in zip(late, answers, strict=True):
        lapsed = await intake.all_heard(events.ScreeningLapsed, program_id=applicant.program_id)
        submitted = await intake.all_heard(events.FormsSubmitted, program_id=applicant.program_id)
        told = {200: (0, 1), 409: (1, 0)}[answer.status_code]
        assert (len(lapsed), len(submitted)) == told
        state = (await applicant.shown())["state"]
        assert state == ("awaiting_review" if submitted else "lapsed")
