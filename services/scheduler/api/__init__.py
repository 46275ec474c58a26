"""The scheduler's HTTP API."""

from services.scheduler.api import (
    amendments,
    clearances,
    closing,
    cohorts,
    coming_back,
    commands,
    holds,
    leaving,
    ledger_reports,
    make_ups,
    programs,
    sign_offs,
    unheard,
    versions,
    zones,
)
from services.scheduler.storage import obligations
from shared.http import Router
from shared.tasks import task_router

router = Router()
PARTS = (
    cohorts,
    amendments,
    versions,
    sign_offs,
    programs,
    commands,
    unheard,
    leaving,
    coming_back,
    make_ups,
    holds,
    closing,
    ledger_reports,
    zones,
    clearances,
)
for part in (*(module.router for module in PARTS), task_router(obligations)):
    router.include_router(part)
