"""How every service speaks HTTP: bearer tokens, one transaction a request."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from enum import Enum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response, Security
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import ParamTypes
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared import idempotency
from shared.audit import command as audit
from shared.auth import ROLES, InvalidToken, Principal, Role
from shared.cipher import Cipher
from shared.links import Link, Links
from shared.problems import Unauthenticated
from shared.refusal import Refused
from shared.request_body import unknown_names
from shared.request_reply import Ask
from shared.work import Work

_bearer = HTTPBearer(auto_error=False, description="an OIDC token with `role` and `sites`")


async def _identify(request: Request) -> Principal:
    """Return who calls, whose token is looked at once. Raises Unauthenticated."""
    known: Principal | None = getattr(request.state, "caller", None)
    if known:
        return known
    credentials = await _bearer(request)
    if credentials is None:
        raise Unauthenticated("send `Authorization: Bearer <token>`")
    running = request.app.state.running
    try:
        caller: Principal = running.verifier.verify(credentials.credentials, await running.clock.now())
    except InvalidToken as error:
        raise Unauthenticated(str(error)) from error
    request.state.caller = caller
    return caller


async def authenticate(
    request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> Principal:
    caller = await _identify(request)
    _refuse_unknown_parameters(request)
    return caller


def _asks_for_a_token(dependant: Dependant) -> bool:
    return any(needed.call is authenticate or _asks_for_a_token(needed) for needed in dependant.dependencies)


def _refuse_unknown_parameters(request: Request) -> None:
    """Refuse a query parameter that the endpoint does not know: misspelt, it would count as left out."""
    if not request.query_params:
        return
    every = get_flat_params(request.scope["route"].dependant)
    known = {field.alias for field in every if getattr(field.field_info, "in_", None) == ParamTypes.query}
    unknown = unknown_names(request.query_params, known)
    if unknown:
        raise RequestValidationError(
            [{"loc": ("query", name), "type": e.type, "msg": e.message()} for name, e in unknown.items()]
        )


def allow(*roles: Role) -> Any:
    """Return a dependency that admits these roles and answers who is calling."""

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
    """An endpoint that looks at the token, then receives the command; its transaction can still see its answer."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle, asks_for_a_token = super().get_route_handler(), _asks_for_a_token(self.dependant)

        async def handle_and_note(request: Request) -> Response:
            if asks_for_a_token:  # FastAPI would read and parse the body first
                await _identify(request)
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
        raise Refused("site", f"you act for {', '.join(caller.sites) or 'no site'} alone", status=403, field="site")


def own_program(caller: Principal, program_id: Any) -> None:
    """Refuse a participant who speaks for somebody else."""
    if not caller.speaks_for(program_id):
        raise Refused("own_program", "a participant acts for their own program alone", status=403)
