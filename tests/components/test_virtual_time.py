"""Virtual time on real servers, with two services that are deliberately slow."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import nats
import pytest
from fastapi import APIRouter
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig

from embedded.stack import Stack
from rehearsal.audit import facts_inside_a_step
from rehearsal.virtual_time import Stalled, VirtualTimeDriver, database
from shared.events import SERVICES, Envelope, Event, intake, parse
from shared.events.subscriptions import HEARS
from shared.handlers import Handlers
from shared.migrations import migrate
from shared.obligation import Obligation, Obligations
from shared.obligation_activities import ObligationActivities
from shared.provision import Provisioning, provision_nats, provision_roles
from shared.relay import STREAM
from shared.service import Running, Service, running
from shared.settings import Settings
from shared.watch import WakePlan, Watched
from shared.work import Work
from tests.lib.servers import temporary_folder

SLOW = 1.0
WATCHED = tuple(table for table in database.WATCHED if str(table) in ("intake.obligation", "scheduler.obligation"))
promises = {"intake": Obligations("intake"), "scheduler": Obligations("scheduler")}


class SlowActivities(ObligationActivities):
    """Takes a second of real time before it looks at the clock."""

    async def _act(self, watched: Watched) -> WakePlan:
        await asyncio.sleep(SLOW)
        return await super()._act(watched)


async def refer(work: Work, obligation: Obligation) -> None:
    assert obligation.program_id is not None
    await work.emit(intake.ReferralReceived(program_id=obligation.program_id, protocol_id="weekly6"), site="bc")
    await promises["intake"].close(work, obligation, closure="referred", closed_by="homeward")


async def close(work: Work, obligation: Obligation) -> None:
    await promises["scheduler"].close(work, obligation, closure="answered", closed_by="homeward")


async def fail(work: Work, obligation: Obligation) -> None:
    raise RuntimeError("this rule never succeeds")


handlers = Handlers()


@handlers.hears(intake.ReferralReceived)
async def owe_an_answer(work: Work, heard: Envelope[intake.ReferralReceived]) -> None:
    await asyncio.sleep(SLOW)
    await owe(work, "scheduler", heard.data.program_id, work.now + timedelta(hours=6))


async def owe(work: Work, service: str, program_id: UUID, wake_at: datetime, kind: str = "answer") -> None:
    deadline = wake_at + timedelta(hours=1)
    await promises[service].open(
        work,
        site="bc",
        kind=kind,
        item="x",
        owner="coordinator",
        program_id=program_id,
        wake_at=wake_at,
        deadline=deadline,
    )


@dataclass
class EventTail:
    """Hears everything, and keeps it with the virtual time that it says."""

    sequence: int = 0
    events: list[Envelope[Event]] = field(default_factory=list)

    async def hear(self, message: Msg) -> None:
        self.events.append(parse(message.data))
        self.sequence = message.metadata.sequence.stream

    def times(self, type: str) -> list[datetime]:
        return [event.time for event in self.events if event.type == f"homeward.{type}.v1"]


class Nobody:
    busy = False

    def next_at(self) -> datetime | None:
        return None


@dataclass
class SystemUnderTest:
    """Two slow services on real servers, and whoever watches them."""

    stack: Stack
    intake: Running
    tail: EventTail

    def virtual_time(self, patience: float = 20) -> object:
        limits = {"watched": WATCHED, "patience": timedelta(seconds=patience)}
        return VirtualTimeDriver.of(self.stack.endpoints, Nobody(), self.tail, **limits)


@pytest.fixture
async def system() -> AsyncIterator[SystemUnderTest]:
    async with temporary_folder() as folder, AsyncExitStack() as stays:
        stack = Stack(folder, virtual=True)
        stays.push_async_callback(stack.stop)
        await asyncio.gather(stack.postgres.start(), stack.nats.start(), stack.temporal.start())
        await provision(stack)
        services = {
            name: await stays.enter_async_context(running(slow(name), settings(stack, name))) for name in promises
        }
        tail = EventTail()
        endpoints = stack.endpoints
        connection = await nats.connect(
            endpoints.nats_url,
            user="observer",
            password=endpoints.nats_password("observer"),
            inbox_prefix=b"_INBOX.observer",
        )
        stays.push_async_callback(connection.close)
        await connection.subscribe(inbox := connection.new_inbox(), cb=tail.hear)
        everything = ConsumerConfig(name="tail", deliver_subject=inbox, ack_policy=AckPolicy.NONE)
        await connection.jetstream().add_consumer("PROGRAM", everything)
        yield SystemUnderTest(stack, services["intake"], tail)


async def provision(stack: Stack) -> None:
    wanted = Provisioning.model_validate(
        {
            "database_port": stack.postgres.port,
            "database_admin_password": stack.postgres.password,
            **{f"database_password_{name}": password for name, password in stack.secrets.database.items()},
            "nats_url": stack.nats.url,
            "nats_password_admin": stack.secrets.nats["admin"],
        }
    )
    await provision_roles(wanted)
    await provision_nats(wanted)
    await nobody_waits_for_absent_services(stack)
    for service in promises:
        await asyncio.to_thread(migrate, service, wanted.admin_url(wanted.database_name))


async def nobody_waits_for_absent_services(stack: Stack) -> None:
    """Two services run here. What the others would hear is delivered to nobody, and no time may wait for it."""
    password = stack.secrets.nats["admin"]
    async with await nats.connect(stack.nats.url, user="admin", password=password) as connection:
        for service in SERVICES:
            if HEARS[service] and service not in promises:
                await connection.jetstream().delete_consumer(STREAM, service)


def slow(name: str) -> Service:
    rules = {"answer": refer if name == "intake" else close, "broken": fail}
    kind = SlowActivities if name == "intake" else ObligationActivities
    return Service(
        name=name,
        promise="Does what is due, slowly.",
        api=APIRouter(),
        handlers=handlers if name == "scheduler" else Handlers(),
        activities=lambda resources: kind(resources.open_work, promises[name], rules).all,
    )


def settings(stack: Stack, name: str) -> Settings:
    return Settings.model_validate(
        {
            "service": name,
            "database_port": stack.postgres.port,
            "database_password": stack.secrets.database[name],
            "nats_url": stack.nats.url,
            "nats_password": stack.secrets.nats[name],
            "temporal_address": stack.temporal.address,
            "codec_key": stack.secrets.codec_key,
            "jwks_file": stack.data / "jwks.json",
            "clock": "virtual",
        }
    )


async def test_a_slow_service_is_waited_for_and_no_fact_lies_inside_a_step(system: SystemUnderTest) -> None:
    async with system.virtual_time() as virtual_time:
        with pytest.raises(RuntimeError, match="until_idle"):
            await virtual_time.step()
        due = await in_the_coming_days(system, await virtual_time.now())
        while await virtual_time.until_idle() and await virtual_time.step():
            pass
        assert facts_inside_a_step(system.tail.events, virtual_time.steps) == []
        assert all(before < after for before, after in virtual_time.steps)
        assert all(first.after <= second.before for first, second in pairwise(virtual_time.steps))
    referred = system.tail.times("intake.referral.received")
    answered = system.tail.times("scheduler.obligation.closed")
    assert [lateness(is_, was) for is_, was in zip(referred, due, strict=True)] == ["on time"] * 3
    assert [lateness(is_, was + timedelta(hours=6)) for is_, was in zip(answered, due, strict=True)] == ["on time"] * 3


async def test_without_the_barrier_facts_of_a_slow_service_lie_inside_a_step(system: SystemUnderTest) -> None:
    async with system.virtual_time() as virtual_time:
        due = await in_the_coming_days(system, await virtual_time.now())
        await virtual_time.until_idle()
        patient = virtual_time._barrier.wait
        virtual_time._barrier.wait = virtual_time._barrier.look
        for _ in due:
            await virtual_time.until_idle()
            await virtual_time.step()
        await patient()
        assert any(
            "intake.referral.received" in fact for fact in facts_inside_a_step(system.tail.events, virtual_time.steps)
        )


async def test_what_holds_the_time_up_is_said_in_words(system: SystemUnderTest) -> None:
    program_id = uuid4()
    async with system.virtual_time(patience=2) as virtual_time:
        now = await virtual_time.now()
        async with system.intake.open_work(["bc"]) as work:
            await owe(work, "intake", program_id, now + timedelta(days=1), kind="broken")
        await virtual_time.until_idle()
        await virtual_time.step()
        with pytest.raises(
            Stalled, match=f"intake.obligation broken x of program {program_id} acted on revision 1 of 1"
        ):
            await virtual_time.until_idle()


async def in_the_coming_days(system: SystemUnderTest, now: datetime) -> list[datetime]:
    """Three things that are due: tomorrow, the day after, and five seconds after that."""
    due = [now + timedelta(days=1), now + timedelta(days=2), now + timedelta(days=2, seconds=5)]
    async with system.intake.open_work(["bc"]) as work:
        for instant in due:
            await owe(work, "intake", uuid4(), instant)
    return due


def lateness(happened: datetime, due: datetime) -> str:
    """Real seconds pass while a slow service works; anything longer was skipped over."""
    return "on time" if timedelta(0) <= happened - due < timedelta(seconds=20) else "late"
