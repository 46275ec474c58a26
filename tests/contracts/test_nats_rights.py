"""Least rights, as the real server keeps them: an integrator hears one site's public events and nothing else at all."""

import pytest
from nats.js.errors import APIError

from shared.events import CATALOGUE, Event, intake, scheduler, session
from shared.events.examples import example
from shared.provision import filter_subjects
from shared.relay import STREAM
from tests.contracts.provisioned import Login, Wire

INTEGRATOR = "ehr-bc"
REFUSED = "permissions violation"
PUBLIC = [event for event in CATALOGUE.values() if event.audience == "public"]
FORBIDDEN_TO_HEAR = [
    ">",
    "program.>",
    "program.public.>",
    "program.public.*.>",
    "program.public.co.>",
    "program.internal.bc.>",
    "program.ask.>",
    "program-dead.>",
    "_INBOX.>",
    "_INBOX.session.>",
    "$JS.>",
    "$JS.API.>",
    "$JS.EVENT.>",
    "$SYS.>",
]
FORBIDDEN_TO_SAY = [
    "program.public.bc.session.attendance.recorded.v1",
    "program.internal.bc.intake.referral.received.v1",
    "program.ask.scheduler.clearance",
    "program-dead.session",
    "$JS.API.INFO",
    "$JS.API.STREAM.INFO.PROGRAM",
    "$JS.API.STREAM.MSG.GET.PROGRAM",
    "$JS.API.STREAM.PURGE.PROGRAM",
    "$JS.API.CONSUMER.CREATE.PROGRAM",
    "$JS.API.CONSUMER.CREATE.PROGRAM.spy.program.internal.>",
    "$JS.API.CONSUMER.MSG.NEXT.PROGRAM.session",
    "$JS.ACK.PROGRAM.session.1.1.1.1.1",
    "_INBOX.session.guess",
]


async def tell(wire: Wire, event: type[Event], site: str) -> None:
    producer = await wire.login(event.producer)
    await producer.connection.jetstream().publish(
        event.subject(site), example(event).model_dump_json().encode(), stream=STREAM
    )


@pytest.mark.parametrize("event", PUBLIC, ids=lambda event: event.event_type())
async def test_an_integrator_hears_the_public_events_of_its_site(wire: Wire, event: type[Event]) -> None:
    integrator = await wire.login(INTEGRATOR)
    hearing = await integrator.connection.subscribe("program.public.bc.>")
    await integrator.connection.flush()
    await tell(wire, event, "bc")
    heard = await hearing.next_msg(timeout=5)
    assert heard.subject == event.subject("bc")
    await hearing.unsubscribe()


async def test_an_integrator_hears_nothing_of_another_site_and_nothing_internal(wire: Wire) -> None:
    integrator = await wire.login(INTEGRATOR)
    hearing = await integrator.connection.subscribe("program.public.bc.>")
    await integrator.connection.flush()
    for event in CATALOGUE.values():
        await tell(wire, event, "co")
        if event.audience == "internal":
            await tell(wire, event, "bc")
    await tell(wire, session.SessionClosed, "bc")
    first = await hearing.next_msg(timeout=5)
    assert first.subject == session.SessionClosed.subject("bc")
    assert hearing.pending_msgs == 0


@pytest.mark.parametrize("subject", FORBIDDEN_TO_HEAR)
async def test_the_server_refuses_whatever_else_an_integrator_listens_to(wire: Wire, subject: str) -> None:
    integrator = await wire.login(INTEGRATOR)
    await integrator.connection.subscribe(subject)
    assert REFUSED in (await integrator.refusal()).lower()


@pytest.mark.parametrize("subject", FORBIDDEN_TO_SAY)
async def test_the_server_refuses_whatever_an_integrator_says(wire: Wire, subject: str) -> None:
    integrator = await wire.login(INTEGRATOR)
    await integrator.connection.publish(subject, b"{}")
    assert REFUSED in (await integrator.refusal()).lower()


@pytest.mark.parametrize(
    "event", [intake.ReferralReceived, scheduler.DoseReleased], ids=lambda event: event.event_type()
)
async def test_a_service_cannot_tell_another_ones_events(wire: Wire, event: type[Event]) -> None:
    pretender = await wire.login("notifications")
    await pretender.connection.publish(event.subject("bc"), example(event).model_dump_json().encode())
    assert REFUSED in (await pretender.refusal()).lower()


@pytest.mark.parametrize(
    "subject",
    [
        "program.ask.intake.contact",
        "program-dead.intake",
        "$JS.API.STREAM.PURGE.PROGRAM",
        "$JS.API.CONSUMER.DELETE.PROGRAM.session",
    ],
)
async def test_a_service_may_not_ask_read_or_break_what_is_not_its_own(wire: Wire, subject: str) -> None:
    session_service = await wire.login("session")
    await session_service.connection.publish(subject, b"")
    assert REFUSED in (await session_service.refusal()).lower()


@pytest.mark.parametrize("subject", ["program.internal.>", "_INBOX.intake.>", "program.ask.intake.>"])
async def test_a_service_may_not_listen_behind_its_consumer(wire: Wire, subject: str) -> None:
    session_service = await wire.login("session")
    await session_service.connection.subscribe(subject)
    assert REFUSED in (await session_service.refusal()).lower()


async def test_the_observer_reads_the_log_and_says_nothing(wire: Wire) -> None:
    observer = await wire.login("observer")
    assert (await observer.connection.jetstream().stream_info(STREAM)).config.name == STREAM
    assert await observer.nothing_refused()
    await observer.connection.publish("program.internal.bc.intake.referral.received.v1", b"{}")
    assert REFUSED in (await observer.refusal()).lower()


async def test_provisioning_again_changes_nothing(wire: Wire) -> None:
    observer = await wire.login("observer")
    before = await _provisioned(observer)
    await wire.provision()
    assert await _provisioned(observer) == before


async def _provisioned(observer: Login) -> list[object]:
    jetstream = observer.connection.jetstream()
    streams = [(await jetstream.stream_info(name)) for name in (STREAM, "DEADLETTERS")]
    consumers = await jetstream.consumers_info(STREAM)
    kept = [(consumer.name, consumer.created, consumer.config) for consumer in consumers]
    return [*((stream.config, stream.created) for stream in streams), *sorted(kept, key=lambda it: it[0])]


async def test_each_consumer_delivers_what_its_service_hears(wire: Wire) -> None:
    observer = await wire.login("observer")
    for consumer in await observer.connection.jetstream().consumers_info(STREAM):
        assert sorted(consumer.config.filter_subjects or ()) == sorted(filter_subjects(consumer.name))


async def test_nobody_but_the_admin_purges_the_log(wire: Wire) -> None:
    admin = await wire.login("admin")
    with pytest.raises(APIError):
        await admin.connection.jetstream().delete_msg(STREAM, 1)
