"""Integration's HTTP API."""

from services.integration.api import check_ins, circles, clearances, measures, outcomes, risks
from services.integration.storage import obligations
from shared.http import Router
from shared.tasks import task_router

router = Router()
for part in (circles, check_ins, measures, risks, outcomes, clearances):
    router.include_router(part.router)
router.include_router(task_router(obligations))
