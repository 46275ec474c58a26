"""The intake service."""

from services.intake.api import router
from services.intake.commands.overdue import RULES
from services.intake.handlers import handlers
from services.intake.storage import obligations
from shared.obligation_activities import ObligationActivities
from shared.service import Service, serve

SERVICE = Service(
    name="intake",
    promise="A referred person gets a signed screening decision and signed agreements.",
    api=router,
    handlers=handlers,
    activities=lambda resources: ObligationActivities(resources.open_work, obligations, RULES).all,
)

if __name__ == "__main__":
    serve(SERVICE)
