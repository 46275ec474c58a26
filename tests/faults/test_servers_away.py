"""A server is away for a while: people work on, and whatever waited for it happens when it is back."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from temporalio.client import Client, WorkflowExecutionStatus

from shared.events import intake, scheduler
from shared.nudge import owed_for
from shared.watch import WATCH
from tests.faults.system_under_test import SystemUnderTest


def watch_of(system: SystemUnderTest, program_id: UUID) -> Callable[[], Awaitable[str | None]]:
    """The id of the workflow that watches the forms obligation, once its nudge was delivered."""

    async def look() -> str | None:
        row = await system.admin.fetchrow(
            f"select id, {WATCH.format(service='intake')} as watch from intake.obligation"
            " where kind = 'forms' and program_id = $1",
            program_id,
        )
        nudge = owed_for("intake", row["id"])
        owed = await system.admin.fetchval("select 1 from intake.nudge where workflow_id = $1", nudge)
        return None if owed else row["watch"]

    return look


async def test_temporal_is_away_and_a_referral_is_taken_at_once_and_watched_when_it_is_back(
    system: SystemUnderTest,
) -> None:
    await system.stack.temporal.kill()
    try:
        await system.misses("intake", "temporal")
        person = await system.refer()
        await system.heard(intake.ReferralReceived, program_id=person)
        await system.comes(lambda: known(system, person), "the program at the scheduler")
        assert await nudges(system, person) == 1
    finally:
        await system.stack.temporal.start()

    async def delivered() -> bool:
        return await nudges(system, person) == 0

    await system.comes(delivered, "the nudge of the program")
    forms = await system.comes(watch_of(system, person), "the watch of the forms")
    client = await Client.connect(system.stack.temporal.address)
    for workflow_id in (forms, f"scheduler-program-{person}"):
        described = await client.get_workflow_handle(workflow_id).describe()
        assert described.status == WorkflowExecutionStatus.RUNNING


async def test_the_scheduler_draws_its_consequences_while_temporal_is_away(system: SystemUnderTest) -> None:
    await system.stack.temporal.kill()
    try:
        person = await system.refer()
        withdrawn = f"/programs/{person}/withdraw"
        await system.comes(lambda: known(system, person), "the program at the scheduler")
        answer = await system.post(
            "scheduler", "coordinator", withdrawn, {"reason": "moves away", "confirms": str(person)}
        )
        assert answer.status_code == 200, answer.text
        await system.heard(scheduler.StateChanged, program_id=person, state="withdrawn")
    finally:
        await system.stack.temporal.start()


async def nudges(system: SystemUnderTest, person: UUID) -> int:
    """How many nudges are owed to the program's workflow: one at most."""
    query = "select count(*) from scheduler.nudge where workflow_id = $1"
    return int(await system.admin.fetchval(query, f"scheduler-program-{person}"))


async def known(system: SystemUnderTest, person: UUID) -> bool:
    return await system.admin.fetchval("select count(*) = 1 from scheduler.program where id = $1", person)


async def test_nats_is_away_and_everything_is_told_in_order_when_it_is_back(system: SystemUnderTest) -> None:
    await system.stack.nats.kill()
    try:
        await system.misses("intake", "nats")
        await system.misses("scheduler", "nats")
        people = [await system.refer() for _ in range(3)]
        for person in people:
            for kind in ("treatment_consent", "group_agreement"):
                path = f"/referrals/{person}/agreements"
                answer = await system.post("intake", "participant", path, {"kind": kind}, subject=person)
                assert answer.status_code in (200, 201), answer.text
        waiting = "select count(*) from intake.outbox where published_at is null and aggregate = any($1)"
        assert await system.admin.fetchval(waiting, people) == 9
    finally:
        await system.stack.nats.start()
    await system.is_told("intake")
    told = [kept.envelope for kept in await system.told()]
    for person in people:
        about = [one for one in told if one.source == "homeward/intake" and one.subject == str(person)]
        assert [one.sequence for one in about] == [1, 2, 3]
        await system.comes(lambda person=person: known(system, person), "the program at the scheduler")

    async def all_heard() -> bool:
        signed = (
            "select count(*) = 6 from scheduler.program_fact where kind = 'agreement_signed' and program_id = any($1)"
        )
        return await system.admin.fetchval(signed, people)

    await system.comes(all_heard, "the agreements at the scheduler")
    for service in system.stack.services.values():
        assert service.pid is not None


async def test_postgres_ended_every_connection_and_the_next_referral_is_taken_nevertheless(
    system: SystemUnderTest,
) -> None:
    await system.refer()
    ended = await system.admin.fetchval(
        "select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where usename = 'homeward_intake'"
    )
    assert ended
    await system.heard(intake.ReferralReceived, program_id=await system.refer())
