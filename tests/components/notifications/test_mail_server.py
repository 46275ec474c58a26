"""How long a mail server may take, and when it may have the mail although nobody was told."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from embedded.mail import MailSink
from services.notifications.clients.email import Sender, compose
from services.notifications.clients.smtp import COMMAND_SECONDS, TAKEN_SECONDS, Mailer
from services.notifications.domain.email import Email
from services.notifications.domain.sending import Outcome
from shared.links import Links
from shared.migrations import ROOT
from shared.sites import load_sites
from shared.watch import ADVANCE_TIMEOUT
from tests.lib.servers import running
from tests.unit.notifications.emails import MONDAY_MORNING, VANCOUVER, a_message

SITE = load_sites(ROOT / "deploy" / "sites.yaml")["bc"]
A_MOMENT = 0.2
SENDER = Sender("care@clinic.example", "care@clinic.example", Links(base64.b64encode(bytes(32)).decode()))
MAIL = compose(
    Email((a_message(),), SITE, VANCOUVER, (), MONDAY_MORNING),
    SENDER,
    "ada@example.org",
)
SAYS = {
    "EHLO": "250 hello",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    "RSET": "250 ok",
    "QUIT": "221 bye",
}


@asynccontextmanager
async def a_server_that(stops_at: str | None = None, closes_at: str | None = None) -> AsyncIterator[tuple[str, int]]:
    """A mail server that falls silent, or goes away, at one step of a dialogue; the step "." is the end of a mail."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def answer(step: str, says: str) -> None:
            if step == closes_at:
                writer.close()
            elif step != stops_at:
                writer.write(f"{says}\r\n".encode())

        await answer("greeting", "220 here")
        while line := await reader.readline():
            step = line[:4].decode().upper()
            await answer(step, SAYS[step])
            if step == "DATA":
                while line and line != b".\r\n":
                    line = await reader.readline()
                await answer(".", "250 kept")
        writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()
    await server.wait_closed()


def mailer(address: tuple[str, int], taken_seconds: float = A_MOMENT) -> Mailer:
    return Mailer(*address, command_seconds=A_MOMENT, taken_seconds=taken_seconds)


async def test_a_server_that_thinks_longer_than_over_a_command_has_the_mail_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(sink := MailSink(folder)):
        keep = sink.handle_DATA

        async def think(*given: Any) -> str:
            await asyncio.sleep(5 * A_MOMENT)
            return await keep(*given)

        monkeypatch.setattr(sink, "handle_DATA", think)
        assert await mailer((sink.host, sink.port), taken_seconds=20).send(MAIL) is Outcome.ACCEPTED
        assert [mail["Message-ID"] for mail in sink.messages()] == [MAIL["Message-ID"]]


@pytest.mark.parametrize("step", ["greeting", "EHLO", "MAIL", "RCPT", "DATA"])
async def test_before_the_mail_is_handed_over_there_is_no_doubt(step: str) -> None:
    for fault in ({"stops_at": step}, {"closes_at": step}):
        async with a_server_that(**fault) as address:
            assert await mailer(address).send(MAIL) is Outcome.UNREACHABLE, fault


async def test_from_the_last_dot_on_silence_and_a_lost_connection_are_a_doubt() -> None:
    for fault in ({"stops_at": "."}, {"closes_at": "."}):
        async with a_server_that(**fault) as address:
            assert await mailer(address).send(MAIL) is Outcome.DOUBT, fault


async def test_how_the_connection_ends_after_the_answer_changes_nothing() -> None:
    for fault in ({"stops_at": "QUIT"}, {"closes_at": "QUIT"}):
        async with a_server_that(**fault) as address:
            assert await mailer(address).send(MAIL) is Outcome.ACCEPTED, fault


async def test_a_line_that_begins_with_a_dot_arrives_with_it(folder: Path) -> None:
    mail = compose(
        Email((a_message(),), SITE.model_copy(update={"name": ".hidden"}), VANCOUVER, (), MONDAY_MORNING),
        SENDER,
        "ada@example.org",
    )
    async with running(sink := MailSink(folder)):
        assert await mailer((sink.host, sink.port), taken_seconds=20).send(mail) is Outcome.ACCEPTED
        (kept,) = sink.messages()
    assert ".hidden" in kept.get_content().splitlines()


async def test_an_address_beyond_ascii_reaches_a_server_that_takes_it(folder: Path) -> None:
    mail = compose(
        Email((a_message(),), SITE, VANCOUVER, (), MONDAY_MORNING),
        SENDER,
        "zoë@example.org",
    )
    async with running(sink := MailSink(folder)):
        assert await mailer((sink.host, sink.port), taken_seconds=20).send(mail) is Outcome.ACCEPTED
        (kept,) = sink.messages()
    assert kept["To"] == "zoë@example.org"


def test_the_last_answer_gets_the_minutes_of_the_standard_and_the_activity_gets_more() -> None:
    assert timedelta(seconds=TAKEN_SECONDS) >= timedelta(minutes=10)
    commands = timedelta(seconds=10 * COMMAND_SECONDS)
    assert timedelta(seconds=TAKEN_SECONDS) + commands < ADVANCE_TIMEOUT
