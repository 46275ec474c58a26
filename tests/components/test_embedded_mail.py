"""The mail sink keeps what services send, and delivers nothing."""

from email.message import EmailMessage
from pathlib import Path

import aiosmtplib

from embedded.mail import MailSink
from tests.lib.servers import running


def letter(to: str, subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "clinic@example.org", to, subject
    message.set_content("Your session is on Monday.")
    return message


async def test_each_message_is_kept_as_a_file_in_the_order_of_arrival(folder: Path) -> None:
    heard: list[Path] = []
    async with running(sink := MailSink(folder, on_message=heard.append)):
        for subject in ("first", "second"):
            await aiosmtplib.send(letter("ana@example.org", subject), hostname=sink.host, port=sink.port)
        assert [message["Subject"] for message in sink.messages()] == ["first", "second"]
        assert [file.name for file in sink.files()] == ["000001-ana@example.org.eml", "000002-ana@example.org.eml"]
        assert heard == sink.files()


async def test_a_sink_that_starts_again_overwrites_nothing(folder: Path) -> None:
    for subject in ("before", "after"):
        async with running(sink := MailSink(folder)):
            await aiosmtplib.send(letter("ana@example.org", subject), hostname=sink.host, port=sink.port)
    assert [message["Subject"] for message in sink.messages()] == ["before", "after"]
