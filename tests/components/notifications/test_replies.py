"""What people answer to a mail: a word that stops messages is honoured, and everything else is read by a person."""

import re
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from shared.events import intake, integration
from shared.events.notifications import MessageSuppressed, ObligationOpened
from tests.components.notifications.conftest import Person, Post
from tests.components.notifications.test_messages import MORNING, reminder, until

SAFETY = "check_in:dose:1:24h"
QUOTED = (
    "\n\nOn Tue, Jan 8, 2030 at 10:00 AM Harbour Clinic <\ncare@homeward.invalid> wrote:\n\n> Hello,\n> reply STOP\n"
)


async def answer(post: Post, person: Person, text: str, **more: str) -> dict[str, Any]:
    gateway = post.service.as_("coordinator")
    answered = await gateway.post("/inbound", json={"program_id": str(person.id), "text": text} | more)
    assert answered.status_code == 200, answered.text
    return dict(answered.json())


async def a_measure(post: Post, person: Person, item: str = "measure:end") -> str:
    """Send a mail with questions; returns its Message-ID."""
    await until(post, 10)
    await post.service.publish(integration.MeasureOpened(program_id=person.id, item=item))
    return str(post.mails(person.email)[-1]["Message-ID"])


async def test_a_stop_above_the_quoted_mail_stops_messages_like_that_one_and_no_other(post: Post, ada: Person) -> None:
    await a_measure(post, ada)
    assert await answer(post, ada, f"Stop. Thank you{QUOTED}") == {
        "understood": "opt_out",
        "stopped": ["measure"],
        "reply_id": None,
    }
    await until(post, 10)
    await post.service.publish(integration.MeasureReminderDue(program_id=ada.id, item="measure:end", reminder=1))
    await post.service.heard(MessageSuppressed, program_id=ada.id, rule="opted_out")
    await post.service.publish(await reminder(post, ada))
    assert "reminder of your appointment" in post.mails(ada.email)[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]


async def test_the_mail_that_is_answered_counts_and_not_the_newest(post: Post, ada: Person) -> None:
    measure = await a_measure(post, ada)
    await until(post, 10)
    await post.service.publish(await reminder(post, ada))
    assert (await answer(post, ada, "ARRET", in_reply_to=measure))["stopped"] == ["measure"]
    assert (await answer(post, ada, "ARRÊT"))["stopped"] == ["session_reminder"]


async def test_stop_all_stops_everything_but_safety_check_ins(post: Post, ada: Person) -> None:
    await a_measure(post, ada)
    stopped = (await answer(post, ada, "STOPALL"))["stopped"]
    assert {"measure", "session_reminder", "seat_offer"} <= set(stopped)
    assert "safety_check_in" not in stopped
    before = len(post.mails(ada.email))
    await post.service.publish(integration.CheckInOpened(program_id=ada.id, item=SAFETY))
    assert len(post.mails(ada.email)) == before + 1


async def test_what_is_not_understood_is_kept_and_somebody_owes_the_reading(post: Post, ada: Person) -> None:
    message_id = await a_measure(post, ada)
    said = await answer(post, ada, f"I cannot sleep since Monday.{QUOTED}", in_reply_to=message_id)
    assert (said["understood"], said["stopped"]) == ("nothing", [])
    (task,) = [task for task in await post.tasks("reply") if task["program_id"] == str(ada.id)]
    assert (task["item"], task["owner"]) == (said["reply_id"], "coordinator")
    told = await post.service.heard(ObligationOpened, program_id=ada.id, kind="reply")
    assert "sleep" not in told.model_dump_json()
    path = f"/replies/{said['reply_id']}"
    read = (await post.service.as_("clinician").get(path)).json()
    assert read["text"].startswith("I cannot sleep")
    assert f"<{read['answers']}@homeward.invalid>" == message_id
    assert (await post.service.as_("coordinator", "co").get(path)).status_code == 404
    assert (await post.service.as_("facilitator").get(path)).status_code == 403
    closed = await post.service.as_("coordinator").post(f"{path}/resolution", json={"outcome": "answered"})
    assert closed.status_code == 200, closed.text
    assert not [task for task in await post.tasks("reply") if task["program_id"] == str(ada.id)]
    again = await post.service.as_("coordinator").post(f"{path}/resolution", json={"outcome": "answered"})
    assert again.json()["rule"] == "no_open_reply"


async def test_an_unread_answer_is_overdue_after_a_while(post: Post, ada: Person) -> None:
    said = await answer(post, ada, "Could somebody call me?")
    await post.service.skip(timedelta(hours=13))
    (task,) = [task for task in await post.tasks("reply") if task["item"] == said["reply_id"]]
    assert (task["stage"], task["overdue"]) == ("overdue", True)


async def test_a_stop_to_a_safety_check_in_stops_nothing_and_a_person_asks(post: Post, ada: Person) -> None:
    await post.service.publish(integration.CheckInOpened(program_id=ada.id, item=SAFETY))
    said = await answer(post, ada, "STOP")
    assert said["stopped"] == []
    assert said["reply_id"]


async def test_a_cancel_stops_messages_and_a_person_asks_whether_an_appointment_was_meant(
    post: Post, ada: Person
) -> None:
    await until(post, 10)
    await post.service.publish(await reminder(post, ada))
    said = await answer(post, ada, "Cancel, please")
    assert said["stopped"] == ["session_reminder"]
    assert said["reply_id"]


async def test_one_click_in_a_mail_program_stops_messages_like_that_one(post: Post, ada: Person) -> None:
    await until(post, 10)
    await post.service.publish(intake.FormsReminderDue(program_id=ada.id, reminder=1))
    mail = post.mails(ada.email)[-1]
    url = re.findall("<(https:[^>]*)>", mail["List-Unsubscribe"])[0]
    path = url.removeprefix("https://messages.clinic.example")
    nobody = post.service.as_(None)
    assert (await nobody.get(path)).status_code == 200
    assert not await opt_outs(post, ada)
    for _ in range(2):
        one_click = {
            "content": "List-Unsubscribe=One-Click",
            "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        }
        assert (await nobody.post(path, **one_click)).status_code == 200
    assert [(line["category"], line["out"], line["by"]) for line in await opt_outs(post, ada)] == [
        ("forms", True, str(ada.id))
    ]
    await until(post, MORNING)
    for wrong in (f"{path}x", "/unsubscribe/AAAA"):
        for refused in (await nobody.get(wrong), await nobody.post(wrong)):
            assert (refused.status_code, refused.json()["rule"]) == (404, "unknown_link")


async def opt_outs(post: Post, person: Person) -> list[dict[str, Any]]:
    kept = await post.service.as_("coordinator").get("/opt-outs", params={"program_id": str(person.id)})
    return list(kept.json()["items"])


async def test_a_click_is_in_the_audit_trail_under_the_person(post: Post, ada: Person) -> None:
    await a_measure(post, ada)
    url = re.findall("<(https:[^>]*)>", post.mails(ada.email)[-1]["List-Unsubscribe"])[0]
    await post.service.as_(None).post(url.removeprefix("https://messages.clinic.example"))
    row = await post.service.admin.fetchrow("select actor, role, action from audit where actor = $1", str(ada.id))
    assert dict(row) == {"actor": str(ada.id), "role": "participant", "action": "POST /unsubscribe/{token}"}


async def test_what_people_wrote_is_seen_by_no_observer(post: Post) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await post.service.database.fetch("select text from reply")
