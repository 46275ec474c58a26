"""The scheduler's HTTP API."""

from fastapi import APIRouter

from services.scheduler.api import cohorts, commands, holds, programs, settled
from services.scheduler.storage import obligations
from shared.tasks import task_router

router = APIRouter()
for part in (cohorts.router, programs.router, commands.router, holds.router, settled.router, task_router(obligations)):
    router.include_router(part)
