"""A command that is sent again, because its answer was lost, is carried out once."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared import idempotency
from shared.idempotency import HEADER, REPLAYED
from tests.components.session.conftest import Day, authorities_answer, rule
from tests.lib.component import Component


def receipt(lot: str, mg: int = 500) -> dict[str, Any]:
    return {"site": "bc", "movement": "receipt", "lot": lot, "mg": mg}


async def sent(nurse: httpx.AsyncClient, key: str, body: dict[str, Any]) -> httpx.Response:
    return await nurse.post("/substance-ledger", json=body, headers={HEADER: key})


async def mg_received(nurse: httpx.AsyncClient, lot: str) -> list[float]:
    rows = (await nurse.get("/substance-ledger", params={"lot": lot})).json()["items"]
    return [row["mg"] for row in rows]


async def test_a_receipt_that_is_sent_again_is_one_row_and_gets_its_first_answer(service: Component) -> None:
    nurse = service.as_("facilitator")
    first = await sent(nurse, "k-1", receipt("again-1"))
    again = await sent(nurse, "k-1", receipt("again-1"))
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert (REPLAYED in first.headers, again.headers[REPLAYED]) == (False, "true")
    assert await mg_received(nurse, "again-1") == [500]


async def test_of_several_at_once_one_is_carried_out_and_all_get_its_answer(service: Component) -> None:
    nurse = service.as_("facilitator")
    answers = await asyncio.gather(*(sent(nurse, "k-2", receipt("again-2")) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.content for answer in answers}) == 1
    assert await mg_received(nurse, "again-2") == [500]


@pytest.mark.parametrize("now_for", [("bc", "aa"), ("co",)])
async def test_a_key_is_its_actors_whatever_sites_their_token_names_by_then(
    service: Component, now_for: tuple[str, ...]
) -> None:
    key, lot = f"k-sites-{'-'.join(now_for)}", f"again-{'-'.join(now_for)}"
    first = await sent(service.as_("facilitator"), key, receipt(lot))
    again = await sent(service.as_("facilitator", *now_for), key, receipt(lot))
    assert (again.status_code, again.content) == (201, first.content)
    assert await mg_received(service.as_("facilitator"), lot) == [500]


async def test_an_answer_is_kept_encrypted_for_a_day_and_the_command_is_never_done_twice(service: Component) -> None:
    nurse = service.as_("facilitator")
    await sent(nurse, "k-day", receipt("again-day"))
    [kept] = await service.admin.fetch("select answer from session.command_key where key = 'k-day'")
    assert b"again-day" not in kept["answer"]
    async with service.run.open_work(["bc"]) as work:
        await idempotency.forget(work)
    assert (await sent(nurse, "k-day", receipt("again-day"))).status_code == 201
    async with service.run.open_work(["bc"]) as work:
        later = replace(work, now=work.now + idempotency.ANSWERS_ARE_KEPT_FOR + timedelta(seconds=1))
        assert await idempotency.forget(later) > 0
    refused = await sent(nurse, "k-day", receipt("again-day"))
    assert (refused.status_code, rule(refused)) == (409, "already_done")
    assert await mg_received(nurse, "again-day") == [500]


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
    assert (await sent(nurse, "k-7", receipt("again-4"))).status_code == 201
    seen = await service.as_("prescriber").post("/substance-ledger/witnesses", json=alone)
    assert (await sent(nurse, "k-5", alone | {"witness": seen.json()["witness_id"]})).status_code == 201


async def test_a_key_belongs_to_one_command_of_one_caller(service: Component) -> None:
    nurse, other = service.as_("facilitator"), service.as_("facilitator", subject="facilitator-2")
    assert (await sent(nurse, "k-6", receipt("again-5"))).status_code == 201
    refused = await sent(nurse, "k-6", receipt("again-5", mg=50))
    assert (refused.status_code, rule(refused), refused.json()["field"]) == (422, "key_of_another_command", HEADER)
    assert (await sent(other, "k-6", receipt("again-5"))).status_code == 201
    assert await mg_received(nurse, "again-5") == [500, 500]


@pytest.mark.parametrize("key", ["", "x" * 101, "tab\there"])
async def test_a_key_that_nobody_could_keep_is_refused_by_name(service: Component, key: str) -> None:
    answer = await sent(service.as_("facilitator"), key, receipt("again-6"))
    assert (answer.status_code, rule(answer), answer.json()["field"]) == (422, "invalid_key", HEADER)


async def test_a_dose_that_is_sent_again_gets_its_first_answer_and_nobody_is_asked_again(
    service: Component, day: Day
) -> None:
    [person] = day.people
    await day.arrive(person)
    decided = await day.decide(person)
    assert decided.status_code == 201, decided.text
    verification = (await day.verify(person)).json()["verification_id"]
    dose = await day.order(person) | {"verification": verification}
    first = await day.post("prescriber", "doses", key="k-dose", **dose)
    assert first.status_code == 201, first.text
    await authorities_answer(service, "scheduler", "intake", "integration")
    again = await day.post("prescriber", "doses", key="k-dose", **dose)
    assert (again.status_code, again.content) == (201, first.content)
