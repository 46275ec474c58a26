"""Session's HTTP API."""

from services.session.api import attendance, day, dosing, post_dose, proofs, substances
from services.session.storage import obligations
from shared.http import Router
from shared.tasks import task_router

router = Router()
for part in (day, attendance, dosing, proofs, post_dose, substances):
    router.include_router(part.router)
router.include_router(task_router(obligations))
