"""How every service speaks HTTP: bearer tokens, one transaction a request, RFC 9457 problems."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from enum import Enum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response, Security
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import ParamTypes
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from shared import database, idempotency
from shared.audit import command as audit
from shared.auth import ROLES, InvalidToken, Principal, Role
from shared.cipher import Cipher
from shared.links import Link, Links
from shared.refusal import Refused
from shared.request_body import unknown_name
from shared.request_reply import Ask
from shared.work import Work

PROBLEM = "application/problem+json"
DATA_EXCEPTION = "22"
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
_bearer = HTTPBearer(auto_error=False, description="an OIDC token with `role` and `sites`")


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


class Unauthenticated(Exception):
    """No token, or one that cannot be trusted."""


async def authenticate(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> Principal:
    if credentials is None:
        raise Unauthenticated("send `Authorization: Bearer <token>`")
    running = request.app.state.running
    try:
        caller: Principal = running.verifier.verify(credentials.credentials, await running.clock.now())
    except InvalidToken as error:
        raise Unauthenticated(str(error)) from error
    request.state.caller = caller
    _refuse_unknown_parameters(request)
    return caller


def _refuse_unknown_parameters(request: Request) -> None:
    """Refuse a query parameter that the endpoint does not know: misspelt, it would count as left out."""
    if not request.query_params:
        return
    every = get_flat_params(request.scope["route"].dependant)
    known = {field.alias for field in every if getattr(field.field_info, "in_", None) == ParamTypes.query}
    unknown = {name: unknown_name(name, known) for name in request.query_params if name not in known}
    if unknown:
        raise RequestValidationError(
            [{"loc": ("query", name), "type": e.type, "msg": e.message()} for name, e in unknown.items()]
        )


def allow(*roles: Role) -> Any:
    """A dependency that admits these roles and answers who is calling."""

    async def principal(caller: Annotated[Principal, Depends(authenticate)]) -> Principal:
        if caller.role not in roles:
            admitted = " or ".join(role for role in ROLES if role in roles)
            raise Refused("role", f"this needs the role {admitted}; yours is {caller.role}", status=403)
        return caller

    return Depends(principal)


async def _linked(request: Request, token: str) -> Link:
    """Return what a link in a mail stands for; who follows it acts for that participant, at that site."""
    link = Links(request.app.state.running.settings.codec_key.get_secret_value()).open(token)
    if link is None:
        raise Refused("unknown_link", "this link is not one of ours, or not whole", status=404)
    request.state.caller = Principal(str(link.program_id), "participant", (link.site,))
    return link


class Route(APIRoute):
    """An endpoint whose answer its transaction can still see, to keep it with what the command did."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_and_note(request: Request) -> Response:
            await audit.receive(request)
            answer = await handle(request)
            request.state.answer = answer
            return answer

        return handle_and_note


class Router(APIRouter):
    """The endpoints of a service: every command among them takes an `Idempotency-Key`."""

    def __init__(self, *, prefix: str = "", tags: list[str | Enum] | None = None) -> None:
        super().__init__(prefix=prefix, tags=tags, route_class=Route)


def _command(request: Request, caller: Principal) -> idempotency.Command | None:
    """Return the command under the key that was sent with it; None when none was."""
    key = request.headers.get(idempotency.HEADER)
    if key is None or not audit.is_command(request) or not caller.sites:
        return None
    cipher = Cipher(request.app.state.running.settings.codec_key.get_secret_value())
    return idempotency.Command(caller.subject, key, audit.fingerprint(request), min(caller.sites), cipher)


@asynccontextmanager
async def _carrying_out(
    request: Request, caller: Principal, command: idempotency.Command | None
) -> AsyncIterator[Work]:
    async with request.app.state.running.open_work(caller.sites) as work:
        request.state.trace = work.trace
        if command:
            await command.claim(work)
        yield work
        await work.draw_consequences()  # the audit row names the programs that they concern
        await audit.accepted(request, caller, work)
        if command:
            answer: Response = request.state.answer
            await command.keep_answer(work, answer.status_code, bytes(answer.body))


async def _open_work(request: Request, caller: Annotated[Principal, Depends(authenticate)]) -> AsyncIterator[Work]:
    async with _carrying_out(request, caller, _command(request, caller)) as work:
        yield work


Begin = Callable[[], Awaitable[Work]]


async def _beginning(request: Request, caller: Annotated[Principal, Depends(authenticate)]) -> AsyncIterator[Begin]:
    command = _command(request, caller)
    if command:  # before anybody is asked: what was carried out needs no clearance any more
        async with request.app.state.running.open_work(caller.sites) as work:
            await command.answer_again(work)
    async with AsyncExitStack() as stack:
        yield lambda: stack.enter_async_context(_carrying_out(request, caller, command))


async def _open_linked_work(request: Request, _: Annotated[Link, Depends(_linked)]) -> AsyncIterator[Work]:
    async with _carrying_out(request, request.state.caller, None) as work:
        yield work


async def _ask(request: Request) -> Ask:
    return request.app.state.running.ask  # type: ignore[no-any-return]


InWork = Annotated[Work, Depends(_open_work, scope="function")]
"""The request's transaction: committed before the answer is sent, a command with its row of the audit trail."""
Beginning = Annotated[Begin, Depends(_beginning, scope="function")]
"""The same for an endpoint that has to ask others before its transaction begins: `work = await begin()`."""
LINKS = "links"
"""The tag of endpoints that links in mails lead to: who holds the mail needs no token."""
Linked = Annotated[Link, Depends(_linked)]
InLinkedWork = Annotated[Work, Depends(_open_linked_work, scope="function")]
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
        problems = {status: {"description": text, "content": content} for status, text in PROBLEMS.items()}
        for operations in document["paths"].values():
            for method, operation in operations.items():
                responses = operation["responses"]
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
        errors = [
            {"field": ".".join(map(str, e["loc"])), "rule": e["type"], "detail": e["msg"].removeprefix("Value error, ")}
            for e in error.errors()
        ]
        return problem(422, "Invalid input", "; ".join(f"{e['field']}: {e['detail']}" for e in errors), errors=errors)

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
