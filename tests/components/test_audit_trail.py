"""Every command leaves its row in the audit trail, and whoever changes the trail is found out: on a real PostgreSQL."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.audit.chain import Break, Head, breaks, link
from shared.audit.entry import genesis
from tests.components.intake.conftest import PERSON, SIGNATURE, Applicant, referral
from tests.lib.component import Component
from tests.lib.stack import PostgresServer, running
from tests.unit.intake.people import HEALTHY


@pytest.fixture(scope="module")
async def intake(postgres_server: PostgresServer) -> AsyncIterator[Component]:
    async with running("intake", postgres_server) as component:
        yield component


@pytest.fixture
async def applicant(intake: Component) -> Applicant:
    return await Applicant.refer(intake)


async def rows(intake: Component, site: str = "bc") -> list[dict[str, Any]]:
    """As the observer reads them."""
    read = await intake.database.fetch("select * from audit where site = $1 order by position, id", site)
    return [dict(row) | {name: json.loads(row[name]) for name in ("subjects", "protocols")} for row in read]


async def trouble(intake: Component, site: str = "bc") -> list[Break]:
    row = await intake.database.fetchrow("select position, hash from audit_head where site = $1", site)
    return breaks(genesis("intake", site), list(map(link, await rows(intake, site))), Head(**row) if row else None)


@asynccontextmanager
async def tampering(intake: Component) -> AsyncIterator[asyncpg.Connection]:
    """A superuser who has switched the triggers off, and what they did is undone in the end."""
    undone = intake.admin.transaction()
    await undone.start()
    await intake.admin.execute("alter table audit disable trigger all")
    await intake.admin.execute("alter table audit drop constraint audit_site_position_key")
    try:
        yield intake.admin
    finally:
        await undone.rollback()


async def seen(intake: Component, site: str = "bc") -> list[tuple[str, int]]:
    """What is wrong, as the one who tampers would see it verified."""
    read = await intake.admin.fetch("select * from audit where site = $1 order by position, id", site)
    links = [link(dict(row) | {name: json.loads(row[name]) for name in ("subjects", "protocols")}) for row in read]
    head = Head(**await intake.admin.fetchrow("select position, hash from audit_head where site = $1", site))
    return [(one.kind, one.position) for one in breaks(genesis("intake", site), links, head)]


async def test_an_accepted_command_says_who_did_what_to_whom_under_which_version(
    intake: Component, applicant: Applicant
) -> None:
    await applicant.answer()
    assert (await applicant.decide()).status_code == 200
    last = (await rows(intake))[-1]
    assert (last["actor"], last["role"], last["outcome"], last["rule"]) == (
        "clinician-1",
        "clinician",
        "accepted",
        None,
    )
    assert last["action"] == "POST /referrals/{program_id}/decision"
    assert last["subjects"]["program_id"] == str(applicant.program_id)
    assert [pin.partition("#")[0] for pin in last["protocols"]] == ["weekly6@1.0.0"]
    assert await trouble(intake) == []


async def test_a_referral_names_the_program_that_it_minted(intake: Component, applicant: Applicant) -> None:
    made = [row for row in await rows(intake) if row["subjects"].get("program_id") == str(applicant.program_id)]
    assert [row["action"] for row in made] == ["POST /referrals"]


async def test_a_refused_command_is_kept_with_the_rule_though_nothing_else_is(
    intake: Component, applicant: Applicant
) -> None:
    before = len(await rows(intake))
    assert (await applicant.decide()).json()["rule"] == "forms_not_submitted"
    assert (await intake.as_("facilitator").post("/referrals", json=referral())).json()["rule"] == "role"
    assert (await intake.as_("coordinator").post("/referrals", json={"site": "bc"})).status_code == 422
    kept = (await rows(intake))[before:]
    assert [(row["outcome"], row["rule"]) for row in kept] == [
        ("refused", "forms_not_submitted"),
        ("refused", "role"),
        ("refused", "invalid_input"),
    ]
    assert await trouble(intake) == []


async def test_reading_is_no_command(intake: Component, applicant: Applicant) -> None:
    before = len(await rows(intake))
    await applicant.shown()
    assert (await intake.as_("integrator").get(applicant.path)).status_code == 403
    assert len(await rows(intake)) == before


async def test_a_command_is_in_the_chain_of_the_site_that_it_changed_whatever_the_token_sees(intake: Component) -> None:
    before = len(await rows(intake)), len(await rows(intake, "co"))
    at_co = intake.as_("coordinator", "bc", "co")
    assert (await at_co.post("/referrals", json=referral(site="co"))).status_code == 201
    assert (len(await rows(intake)), len(await rows(intake, "co"))) == (before[0], before[1] + 1)


async def test_a_rule_whose_moment_came_is_an_actor(intake: Component, applicant: Applicant) -> None:
    assert (await intake.as_("coordinator").post(f"{applicant.path}/forms/told")).status_code == 200
    await intake.skip(timedelta(days=15))
    acted = [row for row in await rows(intake) if row["subjects"].get("program_id") == str(applicant.program_id)]
    assert {row["actor"] for row in acted[2:]} == {"rule:forms"}
    assert {row["role"] for row in acted[2:]} == {"homeward"}
    assert acted[-1]["action"] == "close as lapsed"


async def test_an_answer_that_a_dose_rests_on_is_kept_with_its_refusals(
    intake: Component, applicant: Applicant
) -> None:
    answer = await applicant.clearance()
    last = (await rows(intake))[-1]
    assert (last["actor"], last["action"], last["outcome"]) == ("session", "clearance", "refused")
    assert last["rule"].split(", ") == list(answer.refusals)
    assert last["subjects"]["item"] == "dose:1"


async def test_nothing_of_a_person_or_of_their_health_can_be_read_in_the_trail(
    intake: Component, applicant: Applicant
) -> None:
    await applicant.answer()
    await applicant.decide(reason="She told us of her brother.")
    await intake.as_("clinician").post(f"{applicant.path}/decision", json={"decision": "Ada", "signature": SIGNATURE})
    said = json.dumps(await rows(intake), default=str)
    told = [str(value) for value in PERSON.values()] + ["brother", *(name for name in HEALTHY if len(name) > 6)]
    assert [word for word in told if word in said] == []


async def test_commands_at_once_make_one_chain(intake: Component) -> None:
    async def refer() -> int:
        return (await intake.as_("coordinator").post("/referrals", json=referral())).status_code

    before = len(await rows(intake))
    assert set(await asyncio.gather(*(refer() for _ in range(12)))) == {201}
    kept = await rows(intake)
    assert [row["position"] for row in kept] == list(range(1, before + 13))
    assert await trouble(intake) == []


@pytest.mark.parametrize("command", ["update audit set actor = 'nobody'", "delete from audit", "truncate audit"])
async def test_nobody_changes_a_row_by_right_and_the_owner_is_stopped_by_the_trigger(
    intake: Component, applicant: Applicant, command: str
) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with intake.run.open_work(["bc"]) as work:
            await work.connection.execute(text(command))
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await intake.admin.execute(command)


async def test_a_site_adds_nothing_to_the_chain_of_another(intake: Component) -> None:
    copied = text(
        "insert into audit (site, position, at, actor, role, action, subjects, protocols, inputs, outcome, previous,"
        " hash) values ('co', 999, :now, '', '', '', '{}', '[]', '', 'accepted', '', '')"
    )
    with pytest.raises(DBAPIError, match="row-level security"):
        async with intake.run.open_work(["bc"]) as work:
            await work.connection.execute(copied, {"now": work.now})


class TestASuperuserWithTheTriggersOff:
    """The chain tells what they did, and to which row."""

    @pytest.fixture(autouse=True)
    async def a_chain(self, intake: Component) -> None:
        while len(await rows(intake)) < 8:
            await Applicant.refer(intake)

    async def test_who_does_nothing_is_not_accused(self, intake: Component) -> None:
        async with tampering(intake):
            assert await seen(intake) == []

    async def test_a_changed_row(self, intake: Component) -> None:
        async with tampering(intake) as superuser:
            await superuser.execute("update audit set actor = 'nobody' where site = 'bc' and position = 4")
            assert await seen(intake) == [("changed", 4)]

    async def test_a_removed_row(self, intake: Component) -> None:
        async with tampering(intake) as superuser:
            await superuser.execute("delete from audit where site = 'bc' and position = 4")
            assert await seen(intake) == [("missing", 4)]

    async def test_a_cut_tail(self, intake: Component) -> None:
        async with tampering(intake) as superuser:
            await superuser.execute("delete from audit where site = 'bc' and position > 5")
            assert await seen(intake) == [("missing", 6)]

    async def test_an_inserted_row(self, intake: Component) -> None:
        copy = """
            insert into audit (site, position, at, actor, role, action, subjects, protocols, inputs, outcome, rule,
                previous, hash)
            select site, 4, at, actor, role, action, subjects, protocols, inputs, outcome, rule, previous, hash
            from audit where site = 'bc' and position = 2
        """
        async with tampering(intake) as superuser:
            await superuser.execute("update audit set position = position + 1 where site = 'bc' and position >= 4")
            await superuser.execute(copy)
            [(kind, _)] = await seen(intake)
            assert kind == "inserted"

    async def test_rows_that_changed_places(self, intake: Component) -> None:
        async with tampering(intake) as superuser:
            await superuser.execute("update audit set position = 9 - position where site = 'bc' and position in (4, 5)")
            assert await seen(intake) == [("reordered", 4)]
