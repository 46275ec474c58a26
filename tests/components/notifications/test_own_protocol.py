"""A participant's messages follow their own protocol, by its very content, from the referral on."""

from datetime import timedelta
from uuid import uuid4

from shared.events import intake, integration, scheduler
from shared.events.base import ProtocolPin
from shared.events.notifications import MessageSuppressed, ObligationClosed, PageRaised
from shared.migrations import ROOT
from shared.protocol.load import load_protocol
from tests.components.notifications.conftest import PIN, VANCOUVER, Person, Post
from tests.components.notifications.test_messages import reminder, until

ED4 = load_protocol(ROOT / "protocols" / "ed4.yaml")
EDITED = PIN.model_copy(update={"hash": "0" * 64})


async def referred(post: Post, pin: ProtocolPin) -> Person:
    id = uuid4()
    person = Person(id, uuid4(), f"{id.hex}@example.org")
    post.intake.emails[id] = person.email
    await post.service.publish(intake.ReferralReceived(program_id=id, protocol_id=pin.id, protocol=pin))
    return person


async def follows(post: Post, person: Person, pin: ProtocolPin) -> None:
    seat = {"program_id": person.id, "cohort_id": person.cohort_id}
    await post.service.publish(scheduler.SeatAccepted(**seat, protocol=pin, zone=VANCOUVER))


async def test_before_a_seat_it_is_not_the_most_cautious_of_all_protocols(post: Post) -> None:
    """ed4 allows three messages a day, every other protocol one."""
    await until(post, 10)
    ada = await referred(post, ProtocolPin(id=ED4.id, version=ED4.version, hash=ED4.content_hash))
    for item in ("measure:baseline", "measure:before"):
        await post.service.publish(integration.MeasureOpened(program_id=ada.id, item=item))
    assert [message["state"] for message in await post.messages(ada.id)] == ["sent"] * 3
    assert len(post.mails(ada.email)) == 3


async def test_a_referral_of_an_older_build_is_ruled_by_the_newest_version_of_its_protocol(post: Post) -> None:
    await until(post, 10)
    id = uuid4()
    post.intake.emails[id] = f"{id.hex}@example.org"
    await post.service.publish(intake.ReferralReceived(program_id=id, protocol_id="weekly6"))
    assert [message["state"] for message in await post.messages(id)] == ["sent"]


async def test_nothing_is_sent_by_a_file_that_was_edited_under_its_version(post: Post, ada: Person) -> None:
    await until(post, 10)
    grace = await referred(post, EDITED)
    await post.service.publish(integration.MeasureOpened(program_id=grace.id, item="measure:week5"))
    assert {message["state"] for message in await post.messages(grace.id)} == {"waiting"}
    (task,) = [task for task in await post.tasks("protocol_gone") if task["program_id"] == str(grace.id)]
    assert (task["owner"], task["item"].split(" on ")[0]) == ("coordinator", "weekly6@1.0.0")

    await post.service.skip(timedelta(days=2, hours=1))
    held = await post.service.all_heard(MessageSuppressed, program_id=grace.id, rule="best_before")
    calls = {task["item"] for task in await post.calls_to(grace)}
    assert calls == {str(one.data.message_id) for one in held}
    assert len(calls) == 2
    closed = await post.service.all_heard(ObligationClosed, program_id=grace.id, kind="protocol_gone")
    assert {one.data.closure for one in closed} == {"nothing_held"}


async def test_what_waits_is_sent_once_the_pinned_content_is_there(post: Post) -> None:
    await until(post, 10)
    grace = await referred(post, EDITED)
    assert not post.mails(grace.email)
    await follows(post, grace, PIN)
    await post.service.skip(timedelta(hours=1, minutes=1))
    assert len(post.mails(grace.email)) == 1
    assert not [task for task in await post.tasks("protocol_gone") if task["program_id"] == str(grace.id)]


async def test_a_page_goes_out_whatever_became_of_the_file(post: Post) -> None:
    grace = await referred(post, EDITED)
    await post.service.publish(integration.RiskRaised(program_id=grace.id, risk_id=uuid4(), item="check_in:dose:1:24h"))
    await post.service.heard(PageRaised, program_id=grace.id)


async def test_an_appointment_of_somebody_whose_protocol_is_gone_is_held_and_then_called(post: Post) -> None:
    await until(post, 10)
    grace = await referred(post, EDITED)
    due = await reminder(post, grace, timedelta(hours=4))
    await post.service.publish(due)
    await post.service.skip(due.starts_at)
    dropped = await post.service.heard(MessageSuppressed, program_id=grace.id, item="dose:3")
    assert str(dropped.data.message_id) in {task["item"] for task in await post.calls_to(grace)}
