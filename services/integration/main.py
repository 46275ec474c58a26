"""The integration service: circles, check-ins, questionnaires and outcomes, to the six-month follow-up."""

from services.integration.api import router
from services.integration.commands.overdue import RULES
from services.integration.handlers import handlers
from services.integration.storage import obligations
from shared.obligation_activities import ObligationActivities
from shared.service import Service, serve

SERVICE = Service(
    name="integration",
    promise="Circles, check-ins, questionnaires and outcomes, chased to their closure until the six-month follow-up.",
    api=router,
    handlers=handlers,
    activities=lambda resources: ObligationActivities(resources.open_work, obligations, RULES).all,
)

if __name__ == "__main__":
    serve(SERVICE)
