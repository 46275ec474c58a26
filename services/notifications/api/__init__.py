"""What people ask and tell notifications: messages, pages, opt-outs, who is on call."""

from services.notifications.api import messages, on_call, opt_outs, pages
from services.notifications.storage import obligations
from shared.http import Router
from shared.tasks import task_router

router = Router()
for part in (messages.router, pages.router, opt_outs.router, on_call.router, task_router(obligations)):
    router.include_router(part)
