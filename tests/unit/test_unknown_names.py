"""A name that a service does not know is refused, with the one that was probably meant."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Query
from pydantic import Field

from shared.auth import Issuer, Principal, Verifier
from shared.clock import RealClock
from shared.http import allow
from shared.problems import explain_problems
from shared.request_body import RequestBody

ASKED: list[object] = []


class Address(RequestBody):
    street: str | None = None


class Letter(RequestBody):
    category: str | None = None
    sender: str | None = Field(default=None, alias="from")
    address: Address | None = None
    more: tuple[Address, ...] = ()
    numbers: dict[str, int] | None = None
    id: UUID | None = None


router = APIRouter()


@router.get("/letters")
async def find(
    caller: Annotated[Principal, allow("auditor")],
    version: str | None = None,
    begins: Annotated[str | None, Query(alias="from")] = None,
) -> None:
    ASKED.append((version, begins))


@pytest.fixture
def client(tmp_path: Path) -> httpx.AsyncClient:
    issuer = Issuer.load_or_create(tmp_path / "key.json", tmp_path / "jwks.json")
    token = issuer.token("auditor-1", "auditor", ["bc"], datetime.now(UTC), timedelta(minutes=5))
    app = FastAPI()
    explain_problems(app)
    app.include_router(router)

    @app.post("/letters")
    async def write(letter: Letter) -> None:
        ASKED.append(letter)

    app.state.running = SimpleNamespace(
        verifier=Verifier(tmp_path / "jwks.json", "homeward-development"), clock=RealClock()
    )
    ASKED.clear()
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        base_url="http://service",
        headers={"Authorization": f"Bearer {token}"},
    )


@pytest.mark.parametrize(
    ("sent", "field", "says"),
    [
        ({"categroy": "forms"}, "body", "did you mean `category`?"),
        ({"form": "me"}, "body", "did you mean `from`?"),
        ({"qqq": 1}, "body", "known are address, category, from, id, more, numbers, sender"),
        ({"": 1}, "body", "known are address, category, from, id, more, numbers, sender"),
        ({"address": {"stret": 1}}, "body.address", "did you mean `street`?"),
        ({"more": [{}, {"steet": 1}]}, "body.more.1", "did you mean `street`?"),
    ],
)
async def test_a_misspelt_name_in_a_body_is_refused_where_it_stands(
    client: httpx.AsyncClient, sent: Any, field: str, says: str
) -> None:
    answer = await client.post("/letters", json=sent)
    assert answer.status_code == 422
    told = {"field": field, "rule": "unknown_name", "detail": f"a name is not known here: {says}"}
    assert answer.json()["errors"] == [told]
    assert not ASKED


async def test_half_a_surrogate_pair_in_a_name_is_refused_like_any_other(client: httpx.AsyncClient) -> None:
    answer = await client.post("/letters", content=b'{"\\ud800": 1}', headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert [error["rule"] for error in answer.json()["errors"]] == ["unknown_name"]


async def test_a_misspelt_query_parameter_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/letters?verison=1.0.0&form=today&from=now")
    assert answer.status_code == 422
    assert [(error["field"], error["detail"]) for error in answer.json()["errors"]] == [
        ("query", "a name is not known here: did you mean `version`?"),
        ("query", "a name is not known here: did you mean `from`?"),
    ]
    assert not ASKED


async def test_what_is_known_is_taken(client: httpx.AsyncClient) -> None:
    assert (await client.get("/letters?version=1&from=now")).status_code == 200
    assert (await client.post("/letters", json={"category": "forms", "from": "me"})).status_code == 200
    assert [("1", "now"), Letter.model_validate({"category": "forms", "from": "me"})] == ASKED


async def test_of_many_errors_twenty_are_told_and_how_many_more_there_are(client: httpx.AsyncClient) -> None:
    answer = await client.post("/letters", json={f"name{number}": number for number in range(20_000)})
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 20
    assert answer.json()["detail"].endswith("; and 19980 more")
    assert len(answer.content) < 8_000


@pytest.mark.parametrize(
    "sent",
    [
        {"wept for her brother": 1},
        {"category": ["wept for her brother"]},
        {"numbers": {"wept for her brother": "many"}},
        {"id": "wept for her brother"},
        {"address": {"wept for her brother": {}}},
    ],
)
async def test_what_was_sent_is_never_repeated(client: httpx.AsyncClient, sent: Any) -> None:
    answer = await client.post("/letters", json=sent)
    assert answer.status_code == 422
    assert [word for word in ("wept", "`w`", "brother", "many") if word in answer.text] == []
