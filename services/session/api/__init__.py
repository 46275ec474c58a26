"""Session's HTTP API."""

from services.session.activities.owed import obligations
from services.session.api import attendance, day, dosing, proofs, substances, watching
from shared.http import Router
from shared.tasks import task_router

router = Router()
for part in (day, attendance, dosing, proofs, watching, substances):
    router.include_router(part.router)
router.include_router(task_router(obligations))
