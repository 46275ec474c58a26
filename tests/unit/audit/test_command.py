"""What a row of the audit trail holds of a command, and what its sender hears when it cannot be written."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from pydantic import Field, SecretStr

from shared.audit import command
from shared.audit.entry import Entry
from shared.auth import Issuer, Principal, Verifier
from shared.clock import RealClock
from shared.http import InWork, Router, allow
from shared.problems import explain_problems
from shared.refusal import Refused
from shared.request_body import RequestBody
from shared.work import Trace

ID = "0197a0c8-0000-7000-8000-000000000001"
OTHER = "0197a0c8-0000-7000-8000-000000000002"
router = Router()


class Letter(RequestBody):
    program_id: UUID
    sender: UUID | None = Field(default=None, alias="from")
    text: str | None = None


@router.post("/people/{person_id}/letters")
async def write(person_id: UUID, letter: Letter, caller: Annotated[Principal, allow("coordinator")], _: InWork) -> None:
    if letter.text == "refuse":
        raise Refused("not_this_text", "write another text")
    if letter.text == "stumble":
        raise KeyError("a stumble")


class Trail:
    """Where the rows of commands go in these tests; `troubled` is raised instead when a transaction commits."""

    def __init__(self) -> None:
        self.rows: list[Entry] = []
        self.troubled: Exception | None = None
        self.never_commits = False

    @asynccontextmanager
    async def open_work(self, sites: Any) -> AsyncIterator[Any]:
        async def draw() -> None:
            """Draw no consequences: these commands have none."""

        trace = Trace(SimpleNamespace(pins=()))  # type: ignore[arg-type]  # it consulted none
        yield SimpleNamespace(now=datetime.now(UTC), trace=trace, audit=self.rows.append, draw_consequences=draw)
        if self.troubled:
            raise self.troubled
        if self.never_commits:
            await asyncio.Event().wait()


@pytest.fixture
def trail() -> Trail:
    return Trail()


@pytest.fixture
def client(tmp_path: Path, trail: Trail) -> httpx.AsyncClient:
    issuer = Issuer.load_or_create(tmp_path / "key.json", tmp_path / "jwks.json")
    token = issuer.token("coordinator-1", "coordinator", ["bc"], datetime.now(UTC), timedelta(minutes=5))
    app = FastAPI()
    explain_problems(app)
    app.include_router(router)
    app.state.running = SimpleNamespace(
        verifier=Verifier(tmp_path / "jwks.json", "homeward-development"),
        clock=RealClock(),
        settings=SimpleNamespace(codec_key=SecretStr("a key")),
        open_work=trail.open_work,
    )
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        base_url="http://service",
        headers={"Authorization": f"Bearer {token}"},
    )


async def send(client: httpx.AsyncClient, body: Any, kind: str = "application/json") -> httpx.Response:
    content = body if isinstance(body, str) else json.dumps(body)
    return await client.post(f"/people/{ID}/letters", content=content, headers={"Content-Type": kind})


def detail_of(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    detail: str = answer.json()["detail"]
    return detail


async def test_a_row_names_what_the_endpoint_declares(client: httpx.AsyncClient, trail: Trail) -> None:
    assert (await send(client, {"program_id": ID, "from": OTHER, "text": "Hello"})).status_code == 200
    [row] = trail.rows
    assert row.subjects == {"person_id": ID, "program_id": ID, "from": OTHER}


@pytest.mark.parametrize("name", ["She wept for her brother.", "", "\u0000", "\ud800", "a" * 10_000])
async def test_a_name_that_a_caller_made_up_stands_in_no_row(
    client: httpx.AsyncClient, trail: Trail, name: str
) -> None:
    assert (await send(client, {name: OTHER})).status_code == 422
    [row] = trail.rows
    assert (row.rule, row.subjects) == ("invalid_input", {"person_id": ID})


async def test_however_many_names_are_sent_a_row_stays_small(client: httpx.AsyncClient, trail: Trail) -> None:
    assert (await send(client, {f"n{number}": OTHER for number in range(2_000)})).status_code == 422
    [row] = trail.rows
    assert len(json.dumps(dict(row.subjects))) < 200


@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
@pytest.mark.parametrize("body", ["{", "[" * 100_000, '{"program_id": ' + "9" * 5_000 + "}"])
async def test_a_body_that_is_no_json_or_goes_too_deep_is_refused_like_any_other(
    client: httpx.AsyncClient, body: str, kind: str
) -> None:
    answer = await send(client, body, kind)
    assert answer.status_code in (400, 422)
    assert detail_of(answer)


@pytest.mark.parametrize("body", [{"program_id": ID, "text": "refuse"}, {"program_id": "x"}])
async def test_a_refusal_whose_row_cannot_be_written_is_answered_503(
    client: httpx.AsyncClient, trail: Trail, body: Any
) -> None:
    trail.troubled = RuntimeError("no room for a row")
    answer = await send(client, body)
    assert answer.status_code == 503
    assert "the audit trail did not take this" in detail_of(answer)
    assert "no room" not in answer.text


async def test_a_refusal_waits_for_its_row_no_longer_than_its_time(
    client: httpx.AsyncClient, trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "KEPT_WITHIN", 0.05)
    trail.never_commits = True
    answer = await send(client, {"program_id": ID, "text": "refuse"})
    assert answer.status_code == 503
    assert "TimeoutError" in detail_of(answer)


async def test_an_exception_that_nobody_foresaw_is_a_problem_and_says_nothing_of_itself(
    client: httpx.AsyncClient,
) -> None:
    answer = await send(client, {"program_id": ID, "text": "stumble"})
    assert answer.status_code == 500
    assert detail_of(answer)
    assert "stumble" not in answer.text
