"""One person under two references is noticed, and is dosed as one person: across programs, and across sites."""

import asyncio
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shared.events.scheduler import State, StateChanged
from shared.events.session import DoseAdministered
from tests.components.intake.conftest import SIGNATURE, Applicant, referral
from tests.lib.again import stands
from tests.lib.component import Component

DAY = timedelta(days=1)
_numbers = count(1)
Person = dict[str, Any]


def somebody(**changed: Any) -> Person:
    """A person whom nobody else in these tests is like."""
    return referral()["person"] | changed


async def refer(intake: Component, person: Person, *, site: str = "bc", **more: Any) -> httpx.Response:
    body = referral(site=site, person=person) | more
    return await intake.as_("coordinator", site).post("/referrals", json=body)


async def cleared(intake: Component, person: Person, *, site: str = "bc", **more: Any) -> Applicant:
    """Whoever this is, referred and found eligible, with everything signed that a dose needs."""
    applicant = await Applicant.refer(intake, site, person=person, **more)
    assert (await applicant.answer(date_of_birth=person["date_of_birth"])).status_code == 200
    assert (await applicant.decide()).status_code == 200
    for kind in ("treatment_consent", "group_agreement"):
        await applicant.sign(kind)
    return applicant


async def stand(applicant: Applicant, state: State) -> None:
    changed = StateChanged(program_id=applicant.program_id, cohort_id=None, state=state)
    await applicant.intake.publish(changed, site=applicant.site)


async def dose(applicant: Applicant, at: datetime) -> None:
    given = DoseAdministered(
        program_id=applicant.program_id,
        session_id=uuid4(),
        item="dose:1",
        administered_at=at,
        administered_by="staff-7",
        verified_by="staff-9",
        clearances=(),
    )
    await applicant.intake.publish(given, site=applicant.site)


async def finds(applicant: Applicant, finding: str) -> httpx.Response:
    clinician = applicant.intake.as_("clinician", applicant.site)
    return await clinician.post(f"{applicant.path}/identity", json={"finding": finding, "signature": SIGNATURE})


async def looks(applicant: Applicant) -> list[str]:
    return [task["owner"] for task in await applicant.tasks() if task["kind"] == "possible_duplicate"]


ELSEWHERE = {"email": "elsewhere-{n}@example.org", "phone": None}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        ELSEWHERE,
        ELSEWHERE | {"given_name": "ADA ", "family_name": "lindqvist-aero {n}"},
        ELSEWHERE | {"given_name": "Lindqvist Aéro {n}", "family_name": "Áda"},
        {"given_name": "Beth", "phone": None, "email": "ADA-{n}@Example.org"},
        {"given_name": "Beth", "email": "elsewhere-{n}@example.org"},
        {"date_of_birth": "2001-01-01", "family_name": "Other {n}", "phone": None},
    ],
)
async def test_a_likely_duplicate_is_named_and_has_to_be_confirmed(intake: Component, changed: Person) -> None:
    n = f"{next(_numbers):04}"
    person = somebody(family_name=f"Lindqvist Áero {n}", email=f"ada-{n}@example.org", phone=f"+1778555{n}")
    first = await Applicant.refer(intake, person=person)
    again = person | {name: value and value.replace("{n}", n) for name, value in changed.items()}
    problem = (await refer(intake, again)).json()
    assert (problem["status"], problem["rule"], problem["field"]) == (409, "likely_duplicate", "confirmed")
    assert (await first.shown())["reference"] in problem["detail"]
    assert str(first.program_id) in problem["detail"]
    second = await Applicant.refer(intake, person=again, confirmed="another_person")
    assert (await looks(first), await looks(second)) == ([], ["clinician"])


async def test_somebody_else_with_a_like_name_is_referred_without_a_question(intake: Component) -> None:
    person = somebody()
    await Applicant.refer(intake, person=person)
    born_later = somebody(family_name=person["family_name"], date_of_birth="1991-02-03")
    assert (await refer(intake, born_later)).status_code == 201


async def test_what_another_site_knows_is_not_told_and_a_clinician_looks(intake: Component) -> None:
    person = somebody()
    first = await Applicant.refer(intake, "co", person=person)
    answer = await refer(intake, person)
    assert (answer.status_code, set(answer.json())) == (201, {"program_id"})
    second = Applicant(intake, "bc", UUID(answer.json()["program_id"]), person)
    [task] = [task for task in await second.tasks() if task["kind"] == "possible_duplicate"]
    assert str(first.program_id) not in str(task)
    signed = (await finds(second, "another_person")).json()
    assert (signed["finding"], signed["compared"]) == ("another_person", 1)
    assert str(first.program_id) not in str(signed)
    assert await looks(second) == []


async def test_two_referrals_of_one_person_at_once_are_not_both_taken(intake: Component) -> None:
    person = somebody()
    answers = await asyncio.gather(*(refer(intake, person) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


@pytest.mark.parametrize("site", ["bc", "co"])
async def test_a_person_is_active_in_one_program_at_a_time_unless_a_clinician_signs(
    intake: Component, site: str
) -> None:
    person = somebody()
    first = await cleared(intake, person, site=site)
    second = await cleared(intake, person, confirmed="referred_again")
    await finds(second, "same_person")
    await stand(first, "active")
    refused = await second.clearance()
    assert refused.refusals == ("active_in_another_program",)
    await stand(second, "active")
    assert (await first.clearance()).refusals == ("active_in_another_program",)
    assert await looks(second) == ["clinician"]
    assert (await finds(second, "both_active")).status_code == 201
    allowed = (await first.clearance(), await second.clearance())
    assert [one.refusals for one in allowed] == [(), ()]
    await stand(first, "withdrawn")
    assert (await second.clearance()).refusals == ()
    auditor = intake.as_("auditor")
    for then in (refused, allowed[1]):
        assert await stands(auditor, second.program_id, "dose:1", then)


@pytest.mark.parametrize("site", ["bc", "co"])
async def test_the_minimum_interval_holds_across_the_programs_of_a_person(intake: Component, site: str) -> None:
    person = somebody()
    first = await cleared(intake, person, site=site)
    second = await cleared(intake, person, confirmed="referred_again")
    await finds(second, "both_active")
    now = await intake.now()
    await dose(first, now - 5 * DAY)
    refused = await second.clearance()
    assert refused.refusals == ("minimum_interval_in_another_program",)
    await intake.skip(DAY + timedelta(minutes=1))
    assert (await second.clearance()).refusals == ()
    assert await stands(intake.as_("auditor"), second.program_id, "dose:1", refused)


async def test_another_person_of_the_same_name_and_birth_is_dosed_once_a_clinician_has_signed(
    intake: Component,
) -> None:
    person = somebody()
    first = await cleared(intake, person)
    second = await cleared(intake, person, confirmed="another_person")
    await stand(first, "active")
    await dose(first, await intake.now())
    assert (await second.clearance()).refusals == ("active_in_another_program", "minimum_interval_in_another_program")
    assert (await finds(second, "another_person")).status_code == 201
    assert (await second.clearance()).refusals == ()
    await stand(second, "active")
    assert (await first.clearance()).refusals == ()
    assert await looks(second) == []


async def test_a_shared_address_alone_holds_nobodys_dose(intake: Component) -> None:
    mother, daughter = somebody(), somebody(date_of_birth="2004-04-04")
    first = await cleared(intake, mother)
    second = await cleared(intake, daughter | {"email": mother["email"]}, confirmed="another_person")
    await stand(first, "active")
    await dose(first, await intake.now())
    assert (await second.clearance()).refusals == ()


async def test_a_correction_that_makes_two_people_alike_is_looked_at(intake: Component) -> None:
    person = somebody()
    await Applicant.refer(intake, person=person)
    other = await Applicant.refer(intake)
    coordinator = intake.as_("coordinator")
    path = f"{other.path}/person"
    tag = {"If-Match": (await coordinator.get(path, params={"purpose": "correction"})).headers["ETag"]}
    said = (await coordinator.put(path, json=person, headers=tag)).json()["touched"]
    assert said == ["this person may be known already: a clinician looks who they are"]
    assert await looks(other) == ["clinician"]


async def test_nobody_signs_about_somebody_who_is_like_no_one(intake: Component, applicant: Applicant) -> None:
    assert (await finds(applicant, "same_person")).json()["rule"] == "nobody_alike"


async def test_references_differ_by_more_than_case(intake: Component) -> None:
    staff = intake.as_("coordinator")
    assert (await staff.post("/referrals", json=referral(reference="D-1"))).status_code == 201
    refused = await staff.post("/referrals", json=referral(reference="d-1"))
    assert (refused.status_code, refused.json()["rule"]) == (409, "referral_exists")


async def test_a_look_that_nobody_takes_is_escalated_every_day(intake: Component) -> None:
    person = somebody()
    await Applicant.refer(intake, person=person)
    second = await Applicant.refer(intake, person=person, confirmed="referred_again")
    await intake.skip(2 * DAY + timedelta(hours=1))
    [task] = [task for task in await second.tasks() if task["kind"] == "possible_duplicate"]
    assert (task["stage"], task["overdue"]) == ("overdue:2", False)


async def test_nothing_of_another_site_passes_by_the_one_function_that_looks_across(intake: Component) -> None:
    """The runtime role sees the rows of its sites, and of the others what `people_like` answers: opaque ids."""
    person = somebody()
    await Applicant.refer(intake, "co", person=person)
    second = await Applicant.refer(intake, "bc", person=person)
    answered = await intake.admin.fetchrow("select * from intake.people_like($1, '2100-01-01')", second.program_id)
    assert answered is not None
    said = {value for value in answered.values() if isinstance(value, str)}
    assert said.isdisjoint({"co", *(str(value) for value in person.values())})
    may = "select has_function_privilege($1, 'intake.people_like(uuid, timestamptz)', 'execute')"
    allowed = [role for role in ("homeward_intake", "homeward_observer") if await intake.admin.fetchval(may, role)]
    assert allowed == ["homeward_intake"]
