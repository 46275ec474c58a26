"""The session service."""

from services.session.api import router
from services.session.commands.overdue import RULES
from services.session.handlers import handlers
from services.session.storage import obligations
from shared.obligation_activities import ObligationActivities
from shared.service import Service, serve

SERVICE = Service(
    name="session",
    promise="Preparation and dosing sessions are run safely and recorded.",
    api=router,
    handlers=handlers,
    activities=lambda resources: ObligationActivities(resources.open_work, obligations, RULES).all,
)

if __name__ == "__main__":
    serve(SERVICE)
