"""What can never be understood is kept with its reason, and nothing else stops for it."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from uuid_utils.compat import uuid7

from operations.discrepancies import GivenUp
from operations.inspection import Inspector
from shared.clock import RealClock
from shared.events import CONTENT_TYPE, Event, intake, session, wrap
from shared.handlers import DEAD_LETTERS
from shared.relay import STREAM
from tests.faults.system_under_test import SITE, SystemUnderTest, garbled

ATTENDED = session.AttendanceRecorded


@pytest.fixture(autouse=True)
async def none_is_left(system: SystemUnderTest) -> AsyncIterator[None]:
    yield
    async with system.nats("admin") as connection:
        await connection.jetstream().purge_stream(DEAD_LETTERS)


async def publish(system: SystemUnderTest, user: str, subject: str, payload: bytes, message_id: UUID) -> int:
    """Its sequence in the stream."""
    async with system.nats(user) as connection:
        headers = {"Nats-Msg-Id": str(message_id), "Content-Type": CONTENT_TYPE}
        return (await connection.jetstream().publish(subject, payload, stream=STREAM, headers=headers)).seq


def sealed(event: Event, id: UUID, now: datetime) -> bytes:
    return wrap(event, id=id, site=SITE, sequence=1, time=now).model_dump_json().encode()


async def letters_of(system: SystemUnderTest, sequence: int) -> dict[str, str]:
    """Who kept the message with this sequence, and why."""
    letters = await system.dead_letters()
    return {
        letter["Homeward-Consumer"]: letter["Homeward-Reason"]
        for letter in letters
        if letter["Homeward-Sequence"] == str(sequence)
    }


async def test_a_malformed_event_is_kept_by_each_who_heard_it_and_nothing_else_stops(system: SystemUnderTest) -> None:
    person = await system.refer()
    subject = ATTENDED.subject(SITE)
    first = await publish(system, "session", subject, garbled(ATTENDED.event_type()), uuid4())
    second = await publish(system, "session", subject, b"\x00 no JSON at all", uuid4())
    attended = ATTENDED(program_id=person, session_id=uuid4(), item="preparation:1", status="attended")
    id = uuid7()
    await publish(system, "session", subject, sealed(attended, id, await RealClock().now()), id)

    async def known() -> bool:
        return await system.admin.fetchval("select count(*) = 1 from scheduler.inbox where event_id = $1", id)

    await system.comes(known, "the good event behind the bad ones")
    for sequence in (first, second):
        reasons = await system.comes(lambda at=sequence: both(system, at), "both letters")
        assert all(reason.startswith("malformed: ") for reason in reasons.values())
    assert "program_id" in (await letters_of(system, first))["scheduler"]
    for service in ("scheduler", "notifications"):
        assert system.stack.services[service].restarts == 0


async def both(system: SystemUnderTest, sequence: int) -> dict[str, str] | None:
    found = await letters_of(system, sequence)
    return found if set(found) == {"scheduler", "notifications"} else None


async def test_dead_letters_are_listed_with_their_reason_and_go_back_where_they_came_from(
    system: SystemUnderTest,
) -> None:
    """A letter whose trouble is over is handled now; one that is still malformed comes back as a letter."""
    person = uuid4()
    letter = await keep_letter(system, intake.ReferralReceived(program_id=person, protocol_id="weekly6"))
    subject = intake.ReferralReceived.subject(SITE)
    bad = await publish(system, "intake", subject, b"{}", uuid4())
    await system.comes(lambda: both(system, bad), "both letters")
    listed = await system.command("deadletters", "list")
    assert "OSError: the disk was full" in listed
    assert "malformed: " in listed
    assert subject in listed

    assert "replayed 1" in await system.command("deadletters", "replay", str(letter))
    await system.comes(lambda: begun(system, person), "the program of the replayed letter")
    facts = "select count(*) from scheduler.program_fact where program_id = $1"
    assert await system.admin.fetchval(facts, person) == 1
    assert "the disk was full" not in await system.command("deadletters", "list")

    await system.command("deadletters", "replay", "--all")

    async def again() -> bool:
        later = [one for one in await system.dead_letters() if int(one["Homeward-Sequence"]) > bad]
        return {one["Homeward-Consumer"] for one in later} == {"scheduler", "notifications"}

    await system.comes(again, "both letters once more")


async def test_a_letter_is_a_trouble_of_the_ledger_until_it_was_replayed(system: SystemUnderTest) -> None:
    """A letter behind it that is gone by now hides none."""
    event = intake.ReferralReceived(program_id=uuid4(), protocol_id="weekly6")
    kept, replayed = await keep_letter(system, event), await keep_letter(system, event)
    await system.command("deadletters", "replay", str(replayed))
    async with Inspector.open(system.stack.endpoints) as inspector:
        found = await inspector.look_twice()
    assert [one for one in found if isinstance(one, GivenUp)] == [GivenUp("scheduler", event.subject(SITE), kept)]


async def keep_letter(system: SystemUnderTest, event: Event) -> int:
    """A good event that the scheduler once kept, because it could not handle it ten times; its id in the list."""
    headers = {"Homeward-Reason": "OSError: the disk was full", "Homeward-Subject": event.subject(SITE)}
    headers |= {"Homeward-Sequence": "1", "Homeward-Consumer": "scheduler", "Content-Type": CONTENT_TYPE}
    payload = sealed(event, uuid7(), await RealClock().now())
    async with system.nats("scheduler") as connection:
        jetstream = connection.jetstream()
        kept = await jetstream.publish("program-dead.scheduler", payload, stream=DEAD_LETTERS, headers=headers)
    return kept.seq


async def begun(system: SystemUnderTest, person: UUID) -> bool:
    return bool(await system.admin.fetchval("select count(*) = 1 from scheduler.program where id = $1", person))
