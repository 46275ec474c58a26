"""An event that this build cannot read waits in its outbox, with what follows it; everybody else's is told."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from shared import relay
from shared.events import intake as told
from tests.components.intake.conftest import Applicant
from tests.lib.component import Component

NEWER = "homeward.intake.referral.of_a_newer_build.v1"
_WRITE = """
    insert into intake.outbox (event_id, aggregate, aggregate_seq, site, type, data, occurred_at)
    values ($1, $2, $3, 'bc', $4, $5, $6)
"""
_WAITING = "select type from intake.outbox where aggregate = $1 and published_at is null order by id"


@pytest.fixture
async def somebody(intake: Component) -> AsyncIterator[UUID]:
    """Of whom a newer build told something that this one does not know, and then something that it does."""
    id, now = uuid4(), await intake.now()
    submitted = told.FormsSubmitted(program_id=id)
    await intake.admin.execute(_WRITE, uuid4(), str(id), 1, NEWER, "{}", now)
    await intake.admin.execute(_WRITE, uuid4(), str(id), 2, submitted.event_type(), submitted.model_dump_json(), now)
    yield id
    await intake.admin.execute("delete from intake.outbox where aggregate = $1", str(id))


async def test_what_a_newer_build_wrote_delays_nobody_else_and_is_not_overtaken(
    intake: Component, somebody: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were there a whole batch of it, the next one would not begin with it again."""
    monkeypatch.setattr(relay, "BATCH", 1)
    for _ in range(2):
        applicant = await Applicant.refer(intake)
        await intake.heard(told.ReferralReceived, program_id=applicant.program_id)
    waiting = await intake.admin.fetch(_WAITING, str(somebody))
    assert [row["type"] for row in waiting] == [NEWER, told.FormsSubmitted.event_type()]
