"""Intake's HTTP API."""

from services.intake.api import agreements, clearances, forms, people, referrals, screening
from services.intake.storage import obligations
from shared.http import Router
from shared.tasks import task_router

router = Router()
PARTS = (referrals, people, forms, screening, agreements, clearances)
for part in (*(module.router for module in PARTS), task_router(obligations)):
    router.include_router(part)
