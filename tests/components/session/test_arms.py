"""Arms on real servers: assigned once before the dose, and no dose without one or outside of its range."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.events import ProtocolPin
from tests.components.session.conftest import MINUTE, Day, authorities_answer, plan, rule
from tests.components.session.test_proof import proof
from tests.lib.arms import HIGHER, LOWER, with_arms
from tests.lib.component import Component
from tests.lib.pinned import library, pin, read_too

WITH_ARMS = with_arms(library().latest("weekly6"))


@pytest.fixture
async def armed(service: Component) -> AsyncIterator[ProtocolPin]:
    await authorities_answer(service)
    async with read_too(service, WITH_ARMS) as pinned:
        yield pinned


async def planned(service: Component, armed: ProtocolPin, item: str = "dose:1", people: int = 1) -> Day:
    day = await plan(service, item, people)
    day.pin = armed
    return day


async def assign(day: Day, person: UUID, arm: str, role: Any = "clinician", site: str = "bc") -> Any:
    client = day.service.as_(role, site, subject="clinician-1")
    return await client.put(f"{day.path}/arms/{person}", json={"arm": arm})


async def assigned(day: Day, arm: str = LOWER) -> UUID:
    """The day's one person, who has arrived in this arm."""
    await day.begin()
    [person] = day.people
    assert (await assign(day, person, arm)).status_code == 200
    await day.arrive(person)
    return person


async def test_an_arm_is_assigned_before_the_day_once_and_is_shown_on_it(
    service: Component, armed: ProtocolPin
) -> None:
    day = await planned(service, armed)
    [person] = day.people
    await service.publish(*day.seats(), day.booked())
    answer = await assign(day, person, LOWER)
    assert (answer.status_code, answer.json()["title"]) == (200, "Lower dose"), answer.text
    assert (await assign(day, person, LOWER, role="prescriber")).status_code == 200
    refused = await assign(day, person, HIGHER)
    assert (refused.status_code, rule(refused)) == (409, "arm_assigned")
    await day.begin()
    [entry] = (await day.shown())["roster"]
    assert entry["arm"] == LOWER
    [row] = await service.admin.fetch("select * from arm_assignment where program_id = $1", person)
    assert (row["site"], row["arm"], row["assigned_by"], row["assigned_role"]) == (
        "bc",
        LOWER,
        "clinician-1",
        "clinician",
    )
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await service.admin.execute("update arm_assignment set arm = 'higher' where program_id = $1", person)


async def test_each_command_about_an_arm_is_in_the_audit_trail(service: Component, armed: ProtocolPin) -> None:
    day = await (await planned(service, armed)).begin()
    [person] = day.people
    await assign(day, person, LOWER)
    await assign(day, person, HIGHER)
    query = "select actor, outcome, rule from audit where action like 'PUT %/arms/%' and subjects @> $1 order by id"
    rows = await service.admin.fetch(query, f'{{"program_id": "{person}"}}')
    assert [tuple(row) for row in rows] == [
        ("clinician-1", "accepted", None),
        ("clinician-1", "refused", "arm_assigned"),
    ]


async def test_an_arm_that_cannot_be_assigned(service: Component, armed: ProtocolPin) -> None:
    day = await (await planned(service, armed)).begin()
    [person] = day.people
    unknown = await assign(day, person, "lowr")
    assert (unknown.status_code, rule(unknown), unknown.json()["field"]) == (422, "unknown_arm", "arm")
    assert "did you mean 'lower'?" in unknown.json()["detail"]
    assert rule(await assign(day, person, LOWER, role="facilitator")) == "role"
    assert rule(await assign(day, person, LOWER, site="co")) == "not_found"
    assert rule(await assign(day, uuid4(), LOWER)) == "not_found"
    [entry] = (await day.shown())["roster"]
    assert entry["arm"] is None


async def test_a_protocol_without_arms_assigns_none(service: Component, day: Day) -> None:
    [person] = day.people
    assert rule(await assign(day, person, LOWER)) == "no_arms"


async def test_nobody_has_a_go_or_a_dose_before_their_arm(service: Component, armed: ProtocolPin) -> None:
    day = await (await planned(service, armed)).begin()
    [person] = day.people
    await day.arrive(person)
    assert rule(await day.decide(person)) == "arm_not_assigned"
    assert rule(await day.verify(person)) == "arm_not_assigned"
    assert rule(await day.dose(person)) == "arm_not_assigned, no_go_decision"
    await assign(day, person, HIGHER)
    assert (await day.decide(person)).status_code == 201
    assert (await day.dose(person)).status_code == 201


async def test_a_dose_outside_of_the_range_of_the_arm_is_refused(service: Component, armed: ProtocolPin) -> None:
    day = await planned(service, armed)
    person = await assigned(day)
    await day.decide(person)
    too_much = {"mg": 70}
    assert rule(await day.verify(person, **too_much)) == "dose_out_of_range"
    refused = await day.dose(person, **too_much)
    assert (refused.status_code, rule(refused), refused.json()["field"]) == (422, "dose_out_of_range", "mg")
    assert "0.5–0.8 mg/kg" in refused.json()["detail"]
    assert (await day.dose(person, mg=49)).status_code == 201


async def test_the_proof_of_a_dose_reads_the_arm_as_of_then(service: Component, armed: ProtocolPin) -> None:
    day = await planned(service, armed)
    person = await assigned(day)
    await day.decide(person)
    dose_id = (await day.dose(person, mg=49)).json()["dose_id"]
    assert (await proof(service, dose_id))["refusals"] == []
    await service.admin.execute("update dose set mg = 70 where id = $1", dose_id)
    assert (await proof(service, dose_id))["refusals"] == ["dose_out_of_range", "verification_differs"]
    await _move_assignment(service, person)
    assert (await proof(service, dose_id))["refusals"] == ["arm_not_assigned", "verification_differs"]


async def _move_assignment(service: Component, person: UUID) -> None:
    """As if the arm had been assigned a minute after the dose: only who owns the table can do this."""
    later = await service.now() + MINUTE
    await service.admin.execute("alter table arm_assignment disable trigger append_only")
    try:
        query = "update arm_assignment set assigned_at = $2 where program_id = $1"
        await service.admin.execute(query, person, later)
    finally:
        await service.admin.execute("alter table arm_assignment enable trigger append_only")


async def test_an_arm_is_for_all_doses_and_two_sessions_cannot_assign_two(
    service: Component, armed: ProtocolPin
) -> None:
    first, later = await planned(service, armed), await planned(service, armed, "dose:2")
    later.people, later.cohort_id = first.people, first.cohort_id
    [person] = first.people
    await service.publish(*first.seats(), first.booked(), later.booked())
    assert (await assign(first, person, LOWER)).status_code == 200
    assert rule(await assign(later, person, HIGHER)) == "arm_assigned"


async def test_what_row_level_security_hides_is_seen_by_the_key(service: Component, armed: ProtocolPin) -> None:
    day = await (await planned(service, armed)).begin()
    [person] = day.people
    await service.admin.execute(
        "insert into arm_assignment values ($1, $2, 'co', 'higher', $3, 'somebody', 'clinician')",
        person,
        armed.hash,
        await service.now(),
    )
    refused = await assign(day, person, LOWER)
    assert (refused.status_code, rule(refused)) == (409, "arm_assigned")
    assert "at another site" in refused.json()["detail"]


async def test_an_arm_that_an_amended_protocol_has_no_more_is_assigned_anew(
    service: Component, armed: ProtocolPin
) -> None:
    day = await (await planned(service, armed)).begin()
    [person] = day.people
    await service.admin.execute(
        "insert into arm_assignment values ($1, $2, 'bc', 'middle', $3, 'somebody', 'clinician')",
        person,
        pin("weekly6").hash,
        await service.now(),
    )
    assert [entry["arm"] for entry in (await day.shown())["roster"]] == [None]
    await day.arrive(person)
    assert rule(await day.decide(person)) == "arm_not_assigned"
    assert (await assign(day, person, HIGHER)).status_code == 200
    assert (await day.decide(person)).status_code == 201
