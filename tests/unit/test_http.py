"""What a caller hears when something that a service stands on is away."""

import httpx
import pytest
from fastapi import FastAPI

from shared.problems import explain_problems


@pytest.mark.parametrize(
    "error", [ConnectionRefusedError(111, "refused"), ConnectionResetError(104, "reset"), TimeoutError()]
)
async def test_a_database_that_cannot_be_reached_is_said_to_be_unavailable_and_worth_another_try(
    error: OSError,
) -> None:
    app = FastAPI()
    explain_problems(app)

    @app.get("/")
    async def look() -> None:
        raise error

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        answer = await client.get("/")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert "try again" in answer.json()["detail"]
