"""The session service."""

from services.session.activities import activities
from services.session.api import router
from services.session.handlers import handlers
from shared.service import Service, serve

SERVICE = Service(
    name="session",
    promise="Preparation and dosing sessions are run safely and recorded.",
    api=router,
    handlers=handlers,
    activities=activities,
)

if __name__ == "__main__":
    serve(SERVICE)
