"""Intake's HTTP API."""

from fastapi import APIRouter

from services.intake.api import agreements, people, referrals, screening
from services.intake.storage import obligations
from shared.tasks import task_router

router = APIRouter()
for part in (referrals.router, people.router, screening.router, agreements.router, task_router(obligations)):
    router.include_router(part)
