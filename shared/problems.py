"""What a caller hears of an error: RFC 9457 problem details that name the rule or the field, never what was sent."""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from shared import database, idempotency
from shared.audit import command as audit
from shared.refusal import Refused
from shared.request_body import names_within
from shared.request_limits import BODY_BYTES, BODY_SECONDS, BodyRefused

PROBLEM = "application/problem+json"
DATA_EXCEPTION = "22"
MOST_ERRORS = 20
"""Errors of one input that are told one by one; of more it is said how many there are."""
IDEMPOTENCY_KEY = {
    "name": idempotency.HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": idempotency.LONGEST},
    "description": "Names this command, so that it can be sent again when no answer came: a caller's command is carried"
    f" out once under a key. Sent again within {idempotency.ANSWERS_ARE_KEPT_FOR.total_seconds() / 3600:.0f} hours it"
    f" gets its first answer again, with the header `{idempotency.REPLAYED}: true`; later 409 `already_done`. A refused"
    " command is tried again. Another command under its key: 422 `key_of_another_command`.",
}


class FieldError(BaseModel):
    """What is wrong with one field of the input."""

    field: str
    rule: str
    detail: str


class Problem(BaseModel):
    """Why a request was not done (RFC 9457): `rule` names what refused it, `field` or `errors` the input at fault."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    rule: str | None = None
    field: str | None = None
    errors: list[FieldError] | None = None


PROBLEMS = {
    "401": "No token, or one that cannot be trusted",
    "403": "Not with this role, or not at this site",
    "404": "Not there, or not for this caller to see",
    "409": "The state forbids it; `rule` says why",
    "422": "The input is wrong; `errors` or `field` say where",
    "428": "It needs `If-Match`: read the record first",
    "503": "Something that this needs does not answer; nothing was done",
}
PROBLEMS_OF_COMMANDS = {
    "408": f"Its body took longer than {BODY_SECONDS} seconds",
    "413": f"Its body has more than {BODY_BYTES // 1000} kB; nothing was read",
}


class Unauthenticated(Exception):
    """No token, or one that cannot be trusted."""


def problem(status: int, title: str, detail: str, **members: Any) -> JSONResponse:
    """RFC 9457 problem details; `rule` names what refused, `errors` each field."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail} | members
    return JSONResponse(body, status_code=status, media_type=PROBLEM)


def publish_what_all_share(app: FastAPI) -> None:
    """Let the OpenAPI document say that every error of the API is a problem, and that commands take a key."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        document = plain()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        described = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= described.pop("$defs") | {"Problem": described}
        content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        problems, of_commands = (
            {status: {"description": text, "content": content} for status, text in those.items()}
            for those in (PROBLEMS, PROBLEMS_OF_COMMANDS)
        )
        for operations in document["paths"].values():
            for method, operation in operations.items():
                responses = operation["responses"]
                if method.upper() not in audit.READS:
                    responses |= of_commands
                if "security" in operation:
                    responses |= problems
                    if method.upper() not in audit.READS:
                        operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
                elif "422" in responses:
                    responses["422"] = problems["422"]
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def explain_problems(app: FastAPI) -> None:
    """Let every error leave as problem details that name the rule or the field."""
    publish_what_all_share(app)
    _explain_the_database(app)
    _explain_what_was_not_read(app)

    @app.exception_handler(Unauthenticated)
    async def _(_: Request, error: Unauthenticated) -> JSONResponse:
        answer = problem(401, "Unauthenticated", str(error), rule="token")
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer

    @app.exception_handler(idempotency.Repeated)
    async def _(_: Request, again: idempotency.Repeated) -> Response:
        headers = {idempotency.REPLAYED: "true"} | ({"Content-Type": "application/json"} if again.body else {})
        return Response(again.body, again.status, headers)

    @app.exception_handler(Refused)
    async def _(request: Request, error: Refused) -> JSONResponse:
        await audit.refused(request, error.rule)
        members = {"rule": error.rule} | ({"field": error.field} if error.field else {})
        return problem(error.status, "Refused", error.detail, **members)

    @app.exception_handler(RequestValidationError)
    async def _(request: Request, error: RequestValidationError) -> JSONResponse:
        await audit.refused(request, "invalid_input")
        told = [*_told(request, error.errors()[:MOST_ERRORS])]
        more = len(error.errors()) - len(told)
        detail = "; ".join(f"{e['field']}: {e['detail']}" for e in told) + (f"; and {more} more" if more else "")
        return problem(422, "Invalid input", detail, errors=told)

    @app.exception_handler(audit.NotKept)
    async def _(_: Request, error: audit.NotKept) -> JSONResponse:
        return problem(503, "Unavailable", f"the audit trail did not take this: {error}; nothing was done, try again")

    @app.exception_handler(HTTPException)
    async def _(_: Request, error: HTTPException) -> JSONResponse:
        answer = problem(error.status_code, "HTTP error", str(error.detail))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    async def _(_: Request, error: Exception) -> JSONResponse:
        return problem(500, "Internal error", "a fault of ours, which is logged: see what was done before you go on")


def _explain_what_was_not_read(app: FastAPI) -> None:
    @app.exception_handler(BodyRefused)
    async def _(_: Request, error: BodyRefused) -> JSONResponse:
        return problem(error.status_code, "Refused", error.detail, rule=error.rule)

    @app.exception_handler(ClientDisconnect)
    async def _(_: Request, error: ClientDisconnect) -> JSONResponse:
        return problem(400, "Gone", "you went away before all was sent")


def _told(request: Request, errors: Sequence[Any]) -> Iterator[dict[str, str]]:
    """Yield each error with its field, as far as its path is declared: another name in it is what somebody sent."""
    route = request.scope["route"]
    known = {"body", "query", "path", "header", *(field.alias for field in get_flat_params(route.dependant))}
    if route.body_field:
        known |= names_within(route.body_field.field_info.annotation)
    for error in errors:
        path = takewhile(lambda part: isinstance(part, int) or part in known, error["loc"])
        detail = error["msg"].removeprefix("Value error, ")
        if error["type"] == "uuid_parsing":
            detail = detail.partition(",")[0]  # the rest quotes a character of it
        yield {"field": ".".join(map(str, path)), "rule": error["type"], "detail": detail}


def _explain_the_database(app: FastAPI) -> None:
    """Answer 503 when it cannot be reached or gave up, and 422 for a value that it cannot keep."""

    async def not_reached(_: Request, error: Exception) -> JSONResponse:
        return problem(503, "Unavailable", f"the database does not answer: {type(error).__name__}; try again")

    for kind in database.NOT_REACHED:
        app.add_exception_handler(kind, not_reached)

    @app.exception_handler(DBAPIError)
    async def _(request: Request, error: DBAPIError) -> JSONResponse:
        if database.sqlstate(error).startswith(DATA_EXCEPTION):
            await audit.refused(request, "unstorable_value")
            return problem(422, "Invalid input", "a value holds what a database cannot keep", rule="unstorable_value")
        return problem(503, "Unavailable", f"the database did not take this: {type(error.orig).__name__}; try again")
