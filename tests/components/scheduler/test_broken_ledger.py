"""A ledger that does not balance is somebody's until it does."""

from typing import Any

import pytest

from shared.events import scheduler as told
from tests.components.scheduler.conftest import Clinic, problem

FAULT, OTHER = "referral R-9 at bc is in no state: it has no program", "absence of circle:1 is due and has no owner"


async def look(clinic: Clinic, *faults: str, site: str = "", role: Any = "auditor") -> Any:
    return await clinic.as_(role).post("/ledger/looks", json={"site": site or clinic.site, "faults": list(faults)})


async def test_a_broken_ledger_is_the_coordinators_until_it_balances(clinic: Clinic) -> None:
    assert (await look(clinic)).json() == {"broken": False}
    assert await clinic.tasks("ledger_broken") == []
    for faults in ((FAULT,), (FAULT,), (FAULT, OTHER)):
        assert (await look(clinic, *faults)).json() == {"broken": True}
    (task,) = await clinic.tasks("ledger_broken")
    assert (task["owner"], task["site"]) == ("coordinator", clinic.site)
    opened = await clinic.scheduler.all_heard(told.ObligationOpened, kind="ledger_broken")
    assert len(opened) == 1

    assert (await look(clinic)).json() == {"broken": False}
    assert await clinic.tasks("ledger_broken") == []
    (closed,) = await clinic.scheduler.all_heard(told.ObligationClosed, kind="ledger_broken")
    assert closed.data.closure == "balanced"

    await look(clinic, FAULT)
    (again,) = await clinic.tasks("ledger_broken")
    assert again["item"] != task["item"]
    await look(clinic)


@pytest.mark.parametrize("role", ["coordinator", "clinician", "participant"])
async def test_only_whoever_reads_everything_may_say_so(clinic: Clinic, role: Any) -> None:
    assert problem(await look(clinic, FAULT, role=role)) == (403, "role", None)


async def test_at_ones_own_sites_alone(clinic: Clinic) -> None:
    assert problem(await look(clinic, FAULT, site="co")) == (403, "site", "site")
