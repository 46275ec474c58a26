"""What integration owes: one mechanism for circles, check-ins, measures and risk.

An obligation is locked before the row that it is about, everywhere: the watch does so too.
"""

from collections.abc import Mapping
from typing import Any

from services.integration.domain.ladder import Standing
from shared.obligation import Obligation, Obligations
from shared.work import Work

SERVICE = "integration"
obligations = Obligations(SERVICE)


async def stand(work: Work, obligation: Obligation, standing: Standing, data: Mapping[str, Any] | None = None) -> None:
    """Move an obligation to where its chase stands."""
    await obligations.move(
        work,
        obligation,
        wake_at=standing.wake_at,
        stage=standing.stage,
        owner=standing.owner,
        deadline=standing.deadline,
        data=data,
    )
