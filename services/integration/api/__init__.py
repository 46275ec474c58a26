"""Integration's HTTP API."""

from fastapi import APIRouter

from services.integration.api import check_ins, circles, measures, outcomes, risks
from services.integration.storage.owed import obligations
from shared.tasks import task_router

router = APIRouter()
for part in (circles.router, check_ins.router, measures.router, risks.router, outcomes.router):
    router.include_router(part)
router.include_router(task_router(obligations))
