"""What a session day's screener signals is known to integration's clearance until a clinician has decided on it."""

from uuid import uuid4

from shared.events.session import RiskClosed, RiskRaised
from tests.components.integration.conftest import DAY, Person
from tests.lib.component import Component


async def test_a_screener_of_a_session_day_clears_no_dose_until_it_is_decided_on(
    integration: Component, person: Person
) -> None:
    about = {"program_id": person.id, "session_id": uuid4(), "item": "dose:1"}
    before = await person.clearance("dose:2")
    await integration.publish(RiskRaised(**about, page=False))
    await integration.skip(DAY)
    raised = await person.clearance("dose:2")
    assert "open_risk" in raised.refusals
    await integration.publish(RiskClosed(**about))
    closed = await person.clearance("dose:2")
    assert "open_risk" not in closed.refusals
    assert before.revision < raised.revision < closed.revision


async def test_a_decision_that_is_heard_before_what_it_decides_on_closes_it(
    integration: Component, person: Person
) -> None:
    about = {"program_id": person.id, "session_id": uuid4(), "item": "dose:1"}
    await integration.publish(RiskClosed(**about))
    await integration.publish(RiskRaised(**about))
    assert "open_risk" not in (await person.clearance("dose:2")).refusals


async def test_the_clearance_of_then_knows_the_screener_of_then(integration: Component, person: Person) -> None:
    about = {"program_id": person.id, "session_id": uuid4(), "item": "dose:1"}
    await integration.publish(RiskRaised(**about))
    answered = await person.clearance("dose:1")
    await integration.publish(RiskClosed(**about))
    then = {"at": answered.answered_at.isoformat(), "revision": answered.revision}
    asked = await integration.as_("auditor").get(f"/clearances/{person.id}/dose:1", params=then)
    assert (asked.json()["agrees"], "open_risk" in asked.json()["refusals"]) == (True, True)
