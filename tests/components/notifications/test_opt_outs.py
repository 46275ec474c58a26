"""Opting out is honoured at once, and the ledger keeps every line."""

import asyncpg
import pytest

from shared.events import integration
from shared.events.notifications import MessageSuppressed
from tests.components.notifications.conftest import Person, Post

ITEM = "check_in:dose:1:24h"


async def test_who_opted_out_of_everything_is_sent_nothing(post: Post, ada: Person) -> None:
    themself = post.service.as_("participant", subject=ada.id)
    answer = await themself.post("/opt-outs", json={"program_id": str(ada.id)})
    assert answer.status_code == 201, answer.text
    await post.service.publish(integration.CheckInOpened(program_id=ada.id, item=ITEM))
    await post.service.heard(MessageSuppressed, program_id=ada.id, rule="opted_out")
    assert not post.mails(ada.email)
    await themself.delete("/opt-outs", params={"program_id": str(ada.id)})
    await post.service.publish(integration.CheckInReminderDue(program_id=ada.id, item=ITEM, reminder=1))
    assert len(post.mails(ada.email)) == 1
    lines = (await themself.get("/opt-outs", params={"program_id": str(ada.id)})).json()["items"]
    assert [line["out"] for line in lines] == [True, False]


async def test_opting_out_of_one_category_keeps_the_others(post: Post, ada: Person) -> None:
    themself = post.service.as_("participant", subject=ada.id)
    answer = await themself.post("/opt-outs", json={"program_id": str(ada.id), "category": "measure"})
    assert answer.status_code == 201
    await post.service.publish(
        integration.MeasureOpened(program_id=ada.id, item="measure:end"),
        integration.CheckInOpened(program_id=ada.id, item=ITEM),
    )
    (mail,) = post.mails(ada.email)
    assert "how you are" in mail.get_content()


async def test_a_misspelt_category_opts_out_of_nothing(post: Post, ada: Person) -> None:
    themself = post.service.as_("participant", subject=ada.id)
    answer = await themself.post("/opt-outs", json={"program_id": str(ada.id), "categroy": "measure"})
    assert answer.status_code == 422
    assert "a name is not known here: did you mean `category`?" in answer.json()["detail"]
    taken_back = await themself.delete("/opt-outs", params={"program_id": str(ada.id), "categry": "measure"})
    assert taken_back.status_code == 422
    assert (await themself.get("/opt-outs", params={"program_id": str(ada.id)})).json()["items"] == []


async def test_nobody_opts_out_for_somebody_else(post: Post, ada: Person) -> None:
    other = post.service.as_("participant")
    for path, body in (("/opt-outs", {}), ("/inbound", {"text": "STOP"}), ("/inbound", {"text": "hello"})):
        answer = await other.post(path, json={"program_id": str(ada.id)} | body)
        assert (answer.status_code, answer.json()["rule"]) == (403, "own_program")
    elsewhere = await post.service.as_("coordinator", "co").get("/opt-outs", params={"program_id": str(ada.id)})
    assert elsewhere.json()["items"] == []


async def test_the_ledger_cannot_be_rewritten(post: Post, ada: Person) -> None:
    async with post.service.admin.transaction():
        await post.service.admin.execute("set local role homeward_notifications")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with post.service.admin.transaction():
                await post.service.admin.execute("update opt_out set out = false")


@pytest.mark.parametrize("body", [{}, {"program_id": "x"}, {"category": "gossip"}, {"channel": "pigeon"}])
async def test_bad_input_is_answered_with_the_field(post: Post, ada: Person, body: dict[str, str]) -> None:
    whole = {"program_id": str(ada.id)} | body if body else {}
    answer = await post.service.as_("coordinator").post("/opt-outs", json=whole)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith("body.")
