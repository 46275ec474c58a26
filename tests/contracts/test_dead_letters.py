"""What can never be understood is kept with its reason and stops nothing; it can be tried again for whom it failed."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from nats.js.api import RawStreamMsg
from prometheus_client import REGISTRY

from embedded.postgres import Postgres
from shared import handlers
from shared.events import intake, wrap
from shared.handlers import DEAD_LETTERS, REPLAYED_FOR
from shared.relay import STREAM
from tests.lib.component import Component
from tests.lib.stack import running

MALFORMED = b'{"type": "homeward.intake.forms.submitted.v1", "data": {"name": "Ann'


@pytest.fixture(scope="module")
async def notifications(postgres_server: Postgres) -> AsyncIterator[Component]:
    async with running("notifications", postgres_server) as component:
        yield component


async def test_a_malformed_event_is_kept_with_its_reason_and_stops_nothing(notifications: Component) -> None:
    subject = intake.FormsSubmitted.subject("bc")
    jetstream = (await notifications.peers.user("intake")).jetstream()
    told = await jetstream.publish(subject, MALFORMED, stream=STREAM)
    await notifications.publish(intake.FormsSubmitted(program_id=uuid4()))
    [letter] = await _letters(notifications)
    headers = letter.headers or {}
    assert letter.data == MALFORMED
    assert headers["Homeward-Subject"] == subject
    assert headers["Homeward-Sequence"] == str(told.seq)
    assert headers["Homeward-Consumer"] == "notifications"
    assert headers["Homeward-Reason"].startswith("malformed: ")
    assert "Ann" not in headers["Homeward-Reason"]
    assert await notifications.admin.fetchval("select count(*) from inbox") == 1


async def test_an_event_under_the_subject_of_another_is_believed_by_nobody(notifications: Component) -> None:
    """A login may publish what its own service tells, and nothing of another's, of another site or in its name."""
    forms = wrap(
        intake.FormsSubmitted(program_id=uuid4()), id=uuid4(), site="bc", sequence=1, time=await notifications.now()
    )
    other_site, in_anothers_name = forms.model_copy(update={"site": "co"}), {"source": "homeward/session"}
    jetstream = (await notifications.peers.user("intake")).jetstream()
    before = len(await _letters(notifications))
    for wrong, subject in (
        (forms, intake.ZoneCorrected.subject("bc")),
        (other_site, intake.FormsSubmitted.subject("bc")),
        (forms.model_copy(update=in_anothers_name), intake.FormsSubmitted.subject("bc")),
    ):
        await jetstream.publish(subject, wrong.model_dump_json().encode(), stream=STREAM)
    letters = (await _letters(notifications))[before:]
    reasons = [(letter.headers or {})["Homeward-Reason"] for letter in letters]
    assert [("subject" in reason, "source" in reason) for reason in reasons] == [
        (True, False),
        (True, False),
        (False, True),
    ]
    noted = await notifications.admin.fetchval("select count(*) from inbox where event_id = $1", forms.id)
    assert noted == 0


async def test_what_only_a_newer_build_knows_is_tried_again_before_it_is_kept(
    notifications: Component, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = retried()
    monkeypatch.setattr(handlers, "MAX_TRIES", 3)
    monkeypatch.setattr(handlers, "delay", lambda _: 0.01)
    newer = b'{"type": "homeward.intake.forms.submitted.v9"}'
    jetstream = (await notifications.peers.user("intake")).jetstream()
    told = await jetstream.publish(intake.FormsSubmitted.subject("bc"), newer, stream=STREAM)
    await notifications.publish(intake.FormsSubmitted(program_id=uuid4()))
    *_, letter = await _letters(notifications)
    headers = letter.headers or {}
    assert headers["Homeward-Sequence"] == str(told.seq)
    assert headers["Homeward-Reason"].startswith("UnknownEvent: ")
    assert retried() == before + 2


async def test_a_dead_letter_that_is_tried_again_for_another_service_is_passed_over(notifications: Component) -> None:
    kept = len(await _letters(notifications))
    admin = (await notifications.peers.user("admin")).jetstream()
    for service in ("scheduler", "notifications"):
        headers = {REPLAYED_FOR: service}
        await admin.publish(intake.FormsSubmitted.subject("bc"), MALFORMED, stream=STREAM, headers=headers)
    await notifications.until_idle()
    assert len(await _letters(notifications)) == kept + 1


def retried() -> float:
    counted = {"service": "notifications", "outcome": "retried"}
    return REGISTRY.get_sample_value("homeward_events_handled_total", counted) or 0


async def _letters(component: Component) -> list[RawStreamMsg]:
    await component.until_idle()
    jetstream = (await component.peers.user("admin")).jetstream()
    last = (await jetstream.stream_info(DEAD_LETTERS)).state.last_seq
    return [await jetstream.get_msg(DEAD_LETTERS, seq) for seq in range(1, last + 1)]
