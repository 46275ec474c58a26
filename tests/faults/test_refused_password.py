"""NATS refuses a service's password for a while: as soon as it is right again the service hears and answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

from embedded.nats import Nats
from shared.events.questions import ClearanceAnswer, ClearanceQuestion, question_subject
from tests.faults.system_under_test import SITE, SystemUnderTest
from tests.lib.servers import running
from tests.lib.stack import NATS_CONFIGURATION, nats_passwords

PASSWORD = "HOMEWARD_NATS_PASSWORD_SCHEDULER"
REFUSED = 'authentication error - User "scheduler"'


async def test_a_service_that_loses_its_login_while_it_is_connected_hears_again_when_it_has_it_back(
    system: SystemUnderTest,
) -> None:
    async with refused_at_once(system):
        person = await hears_nothing(system)
    await hears_and_answers(system, person)


async def test_a_service_that_is_refused_after_a_restart_of_nats_hears_again_when_it_has_its_login_back(
    system: SystemUnderTest,
) -> None:
    async with refused_after_a_restart(system):
        person = await hears_nothing(system)
    await hears_and_answers(system, person)


@asynccontextmanager
async def refused_at_once(system: SystemUnderTest) -> AsyncIterator[None]:
    """nats-server reads a configuration with another password: it ends the connections of who has the old one."""
    nats = system.stack.nats
    file = nats.data / "nats-server.conf"
    accepting = file.read_text()
    accounts = NATS_CONFIGURATION.read_text().replace(f"${PASSWORD}", '"another"')
    file.write_text(accounts + accepting.partition("\n")[2])
    await nats.reload()
    try:
        yield
    finally:
        file.write_text(accepting)
        await nats.reload()


@asynccontextmanager
async def refused_after_a_restart(system: SystemUnderTest) -> AsyncIterator[None]:
    """nats-server dies, and what takes its place knows another password."""
    nats = system.stack.nats
    passwords = nats_passwords(system.stack.secrets) | {PASSWORD: "another"}
    refusing = Nats(nats.data, nats.port, config=NATS_CONFIGURATION, env=passwords, monitor_port=nats.monitor_port)
    await nats.kill()
    try:
        async with running(refusing):
            yield
    finally:
        await nats.start()


async def hears_nothing(system: SystemUnderTest) -> UUID:
    """The scheduler tries again and again (what tells and what hears), and says so over HTTP; somebody is referred."""
    log, before = system.stack.nats.log, system.stack.nats.log.read_text().count(REFUSED)

    async def tried_again() -> bool:
        return log.read_text().count(REFUSED) >= before + 4

    await system.misses("scheduler", "nats")
    person = await system.refer()
    await system.is_told("intake")
    await system.comes(tried_again, "more tries of the scheduler to log in", 30)
    assert not await known(system, person)
    return person


async def hears_and_answers(system: SystemUnderTest, person: UUID) -> None:
    await system.comes(lambda: known(system, person), "the program at the scheduler", 30)
    asked = ClearanceQuestion(program_id=person, site=SITE, item="dose:1", asked_at=datetime.now(UTC))
    async with system.nats("session") as session:
        subject = question_subject("scheduler", "clearance")
        reply = await session.request(subject, asked.model_dump_json().encode(), timeout=10)
    assert ClearanceAnswer.model_validate_json(reply.data).authority == "scheduler"
    await system.is_told("scheduler")


async def known(system: SystemUnderTest, person: UUID) -> bool:
    return await system.admin.fetchval("select count(*) = 1 from scheduler.program where id = $1", person)
