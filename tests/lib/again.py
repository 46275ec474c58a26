"""A clearance that was answered, asked again by an auditor."""

from typing import Any
from uuid import UUID

import httpx

from shared.events.questions import ClearanceAnswer


async def asked_again(auditor: httpx.AsyncClient, program_id: UUID, item: str, then: ClearanceAnswer) -> dict[str, Any]:
    """What the authority recorded of its answer, and what its rules answer now on what was known then."""
    moment = {"at": then.answered_at.isoformat(), "revision": then.revision}
    answer = await auditor.get(f"/clearances/{program_id}/{item}", params=moment)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def stands(auditor: httpx.AsyncClient, program_id: UUID, item: str, then: ClearanceAnswer) -> bool:
    """Whether record and rules still say what was answered."""
    said = await asked_again(auditor, program_id, item, then)
    return bool(said["agrees"] and said["refusals"] == list(then.refusals) == said["recorded"]["refusals"])
