"""What the mail server may do: be away, say no, say later, or break off when nobody knows who has the mail."""

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from shared.events import integration
from shared.events.notifications import MessageFailed, MessageSent
from tests.components.notifications.conftest import Person, Post

A_MINUTE = timedelta(minutes=1, seconds=1)


def asked(person: Person) -> integration.CheckInOpened:
    return integration.CheckInOpened(program_id=person.id, item="check_in:dose:2:24h")


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("homeward_mails_total", {"outcome": outcome}) or 0


async def test_a_mail_server_that_is_away_delays_the_mail_and_is_counted(post: Post, ada: Person) -> None:
    before = counted("unreachable")
    await post.service.mail.stop()
    await post.service.publish(asked(ada))
    (message,) = await post.messages(ada.id)
    assert (message["state"], message["attempts"]) == ("waiting", 1)
    assert counted("unreachable") == before + 1
    await post.service.mail.start()
    await post.service.skip(A_MINUTE)
    assert len(post.mails(ada.email)) == 1


async def test_a_mail_in_doubt_comes_again_as_the_very_same_mail(
    post: Post, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server takes the mail and the connection dies before it says so: as if we had died before writing it down."""
    sink = post.service.mail
    keep = sink.handle_DATA

    async def keep_and_break_off(server: Any, session: Any, envelope: Any) -> str:
        await keep(server, session, envelope)
        server.transport.abort()
        return "250 nobody hears this"

    with monkeypatch.context() as broken:
        broken.setattr(sink, "handle_DATA", keep_and_break_off)
        await post.service.publish(asked(ada))
    (message,) = await post.messages(ada.id)
    assert message["state"] == "sending"
    await post.service.publish(integration.MeasureOpened(program_id=ada.id, item="measure:end"))
    await post.service.skip(A_MINUTE)
    mails = [file.read_bytes() for file in sink.files() if ada.email in file.name]
    first, again = (mail for mail in mails if message["id"].encode() in mail)
    assert first == again
    assert b"questions are" not in again
    assert len(await post.service.all_heard(MessageSent, program_id=ada.id, category="safety_check_in")) == 1


async def test_a_mail_that_stays_in_doubt_comes_twice_and_then_a_person_finds_out(
    post: Post, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = post.service.mail
    keep = sink.handle_DATA

    async def keep_and_break_off(server: Any, session: Any, envelope: Any) -> str:
        await keep(server, session, envelope)
        server.transport.abort()
        return "250 nobody hears this"

    with monkeypatch.context() as broken:
        broken.setattr(sink, "handle_DATA", keep_and_break_off)
        await post.service.publish(asked(ada))
        await post.service.skip(timedelta(hours=13))
    first, again = (mail.as_bytes() for mail in post.mails(ada.email))
    assert first == again
    (message,) = await post.messages(ada.id)
    assert (message["state"], message["rule"]) == ("failed", "in_doubt")
    assert str(ada.id) in {task["program_id"] for task in await post.tasks("undelivered")}


async def test_a_recipient_whom_the_server_refuses_is_called_instead(
    post: Post, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        return "550 no such user here"

    with monkeypatch.context() as refusing:
        refusing.setattr(post.service.mail, "handle_RCPT", refuse, raising=False)
        await post.service.publish(asked(ada))
    await post.service.heard(MessageFailed, program_id=ada.id)
    assert str(ada.id) in {task["program_id"] for task in await post.tasks("undelivered")}


async def test_a_server_that_says_later_is_asked_later(
    post: Post, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def later(server: Any, session: Any, envelope: Any) -> str:
        return "451 try again later"

    with monkeypatch.context() as busy:
        busy.setattr(post.service.mail, "handle_DATA", later)
        await post.service.publish(asked(ada))
    assert not post.mails(ada.email)
    await post.service.skip(A_MINUTE)
    assert len(post.mails(ada.email)) == 1


async def test_another_site_sees_nothing(post: Post, ada: Person) -> None:
    await post.service.publish(asked(ada))
    elsewhere = post.service.as_("coordinator", "co")
    assert (await elsewhere.get("/messages", params={"program_id": str(ada.id)})).json()["items"] == []
    (message,) = await post.messages(ada.id)
    assert (await elsewhere.get(f"/messages/{message['id']}")).status_code == 404
    assert (await elsewhere.get("/messages", params={"site": "bc"})).status_code == 403
    told = (await post.service.as_("facilitator").get(f"/messages/{message['id']}")).json()
    assert told["item"] == "check_in:dose:2:24h"
    assert ada.email not in str(told)
