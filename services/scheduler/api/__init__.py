"""The scheduler's HTTP API."""

from services.scheduler.api import (
    amendments,
    clearances,
    cohorts,
    coming_back,
    commands,
    holds,
    leaving,
    looks,
    make_ups,
    programs,
    settled,
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
    programs,
    commands,
    unheard,
    leaving,
    coming_back,
    make_ups,
    holds,
    settled,
    looks,
    zones,
    clearances,
)
for part in (*(module.router for module in PARTS), task_router(obligations)):
    router.include_router(part)
