"""The notifications service.

python -m services.notifications.main
"""

from services.notifications.activities import Activities
from services.notifications.api import router
from services.notifications.handlers import handlers
from shared.service import Service, serve

SERVICE = Service(
    name="notifications",
    promise="The right person is told at the right time, once, and nothing leaks.",
    api=router,
    handlers=handlers,
    activities=lambda resources: Activities(resources).all,
    needs=("mail_from",),
    activities_at_once=100,  # a mail server may think for minutes: a page must not queue behind mails that wait for it
)

if __name__ == "__main__":
    serve(SERVICE)
