"""What people ask and tell notifications: messages, pages, opt-outs, who is on call."""

from services.notifications.api import links, messages, on_call, opt_outs, pages, replies
from services.notifications.storage import obligations
from shared.http import Router
from shared.tasks import task_router

router = Router()
for part in (messages, pages, opt_outs, replies, links, on_call):
    router.include_router(part.router)
router.include_router(task_router(obligations))
