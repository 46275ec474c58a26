"""How every service speaks HTTP: bearer tokens, one transaction a request, RFC 9457 problems."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Security
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from shared.ask import Ask
from shared.auth import InvalidToken, Principal, Role
from shared.refusal import Refused
from shared.work import Work

PROBLEM = "application/problem+json"
_bearer = HTTPBearer(auto_error=False, description="an OIDC token with `role` and `sites`")


class Unauthenticated(Exception):
    """No token, or one that cannot be trusted."""


async def authenticate(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> Principal:
    if credentials is None:
        raise Unauthenticated("send `Authorization: Bearer <token>`")
    running = request.app.state.running
    try:
        return running.verifier.verify(credentials.credentials, await running.clock.now())  # type: ignore[no-any-return]
    except InvalidToken as error:
        raise Unauthenticated(str(error)) from error


def allow(*roles: Role) -> Any:
    """A dependency that admits these roles and answers who is calling."""

    async def principal(caller: Annotated[Principal, Depends(authenticate)]) -> Principal:
        if caller.role not in roles:
            raise Refused("role", f"this needs the role {' or '.join(roles)}; yours is {caller.role}", status=403)
        return caller

    return Depends(principal)


async def _open_work(request: Request, caller: Annotated[Principal, Depends(authenticate)]) -> AsyncIterator[Work]:
    async with request.app.state.running.open_work(caller.sites) as work:
        yield work


async def _ask(request: Request) -> Ask:
    return request.app.state.running.ask  # type: ignore[no-any-return]


InWork = Annotated[Work, Depends(_open_work, scope="function")]
"""The request's transaction: committed before the answer is sent."""
Asking = Annotated[Ask, Depends(_ask)]


def own_site(caller: Principal, site: str) -> None:
    """Refuse a site that is not among the caller's."""
    if site not in caller.sites:
        raise Refused(
            "site", f"you act for {', '.join(caller.sites) or 'no site'}, not for {site}", status=403, field="site"
        )


def own_program(caller: Principal, program_id: Any) -> None:
    """Refuse a participant who speaks for somebody else."""
    if not caller.speaks_for(program_id):
        raise Refused("own_program", "a participant acts for their own program alone", status=403)


def problem(status: int, title: str, detail: str, **members: Any) -> JSONResponse:
    """RFC 9457 problem details; `rule` names what refused, `errors` each field."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail} | members
    return JSONResponse(body, status_code=status, media_type=PROBLEM)


def explain_problems(app: FastAPI) -> None:
    """Every error leaves as problem details that name the rule or the field."""

    @app.exception_handler(Unauthenticated)
    async def _(_: Request, error: Unauthenticated) -> JSONResponse:
        answer = problem(401, "Unauthenticated", str(error), rule="token")
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer

    @app.exception_handler(Refused)
    async def _(_: Request, error: Refused) -> JSONResponse:
        members = {"rule": error.rule} | ({"field": error.field} if error.field else {})
        return problem(error.status, "Refused", error.detail, **members)

    @app.exception_handler(RequestValidationError)
    async def _(_: Request, error: RequestValidationError) -> JSONResponse:
        errors = [
            {"field": ".".join(map(str, e["loc"])), "rule": e["type"], "detail": e["msg"]} for e in error.errors()
        ]
        return problem(422, "Invalid input", "; ".join(f"{e['field']}: {e['detail']}" for e in errors), errors=errors)

    @app.exception_handler(HTTPException)
    async def _(_: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, "HTTP error", str(error.detail))

    @app.exception_handler(DBAPIError)
    async def _(_: Request, error: DBAPIError) -> JSONResponse:
        return problem(503, "Unavailable", f"the database did not take this: {type(error.orig).__name__}; try again")
