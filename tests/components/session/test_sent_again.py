"""A command that is sent again, because its answer was lost, is carried out once."""

import asyncio
from typing import Any

import httpx
import pytest

from shared.once import HEADER
from tests.components.session.conftest import rule
from tests.lib.component import Component


def receipt(lot: str, mg: int = 500) -> dict[str, Any]:
    return {"site": "bc", "movement": "receipt", "lot": lot, "mg": mg}


async def sent(nurse: httpx.AsyncClient, key: str, body: dict[str, Any]) -> httpx.Response:
    return await nurse.post("/substance-ledger", json=body, headers={HEADER: key})


async def mg_received(nurse: httpx.AsyncClient, lot: str) -> list[float]:
    rows = (await nurse.get("/substance-ledger", params={"lot": lot})).json()["items"]
    return [row["mg"] for row in rows]


async def test_a_receipt_that_is_sent_again_is_one_row_and_the_sender_is_told(service: Component) -> None:
    nurse = service.as_("facilitator")
    assert (await sent(nurse, "k-1", receipt("again-1"))).status_code == 201
    again = await sent(nurse, "k-1", receipt("again-1"))
    assert (again.status_code, rule(again)) == (409, "already_done")
    assert "was not carried out again" in again.json()["detail"]
    assert await mg_received(nurse, "again-1") == [500]


async def test_of_two_at_once_one_is_carried_out(service: Component) -> None:
    nurse = service.as_("facilitator")
    answers = await asyncio.gather(*(sent(nurse, "k-2", receipt("again-2")) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert await mg_received(nurse, "again-2") == [500]


async def test_without_a_key_or_under_another_it_is_another_command(service: Component) -> None:
    nurse = service.as_("facilitator")
    for headers in ({}, {}, {HEADER: "k-3"}, {HEADER: "k-4"}):
        answer = await nurse.post("/substance-ledger", json=receipt("again-3"), headers=headers)
        assert answer.status_code == 201
    assert await mg_received(nurse, "again-3") == [500] * 4


async def test_a_refused_command_is_tried_anew_under_its_key(service: Component) -> None:
    nurse = service.as_("facilitator")
    alone = {"site": "bc", "movement": "waste", "lot": "again-4", "mg": 5}
    assert rule(await sent(nurse, "k-5", alone)) == "witness_missing"
    assert rule(await sent(nurse, "k-5", alone)) == "witness_missing"
    assert (await sent(nurse, "k-5", alone | {"witness": "prescriber-1"})).status_code == 201


async def test_a_key_belongs_to_one_command_of_one_caller(service: Component) -> None:
    nurse, other = service.as_("facilitator"), service.as_("facilitator", subject="facilitator-2")
    assert (await sent(nurse, "k-6", receipt("again-5"))).status_code == 201
    refused = await sent(nurse, "k-6", receipt("again-5", mg=50))
    assert (refused.status_code, rule(refused), refused.json()["field"]) == (422, "key_of_another_command", HEADER)
    assert (await sent(other, "k-6", receipt("again-5"))).status_code == 201
    assert await mg_received(nurse, "again-5") == [500, 500]


@pytest.mark.parametrize("key", ["x" * 101, "tab\there"])
async def test_a_key_that_nobody_could_keep_is_refused_by_name(service: Component, key: str) -> None:
    answer = await sent(service.as_("facilitator"), key, receipt("again-6"))
    assert (answer.status_code, rule(answer), answer.json()["field"]) == (422, "invalid_key", HEADER)
