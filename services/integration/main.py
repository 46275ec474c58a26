"""The integration service: circles, check-ins, questionnaires and outcomes, to the six-month follow-up."""

from collections.abc import Callable, Sequence
from typing import Any

from services.integration.activities import RULES
from services.integration.api import router
from services.integration.handlers import handlers
from services.integration.storage.owed import SERVICE as NAME
from services.integration.storage.owed import obligations
from shared.obligation_activities import ObligationActivities
from shared.service import Resources, Service, serve


def activities(resources: Resources) -> Sequence[Callable[..., Any]]:
    return ObligationActivities(resources.open_work, obligations, RULES).all


SERVICE = Service(
    name=NAME,
    promise="Circles, check-ins, questionnaires and outcomes, chased to their closure until the six-month follow-up.",
    api=router,
    handlers=handlers,
    activities=activities,
)

if __name__ == "__main__":
    serve(SERVICE)
