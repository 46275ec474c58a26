"""How actors act: through the services' HTTP APIs, with a token of their role. Nothing refused goes unsaid."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

import httpx

from shared import idempotency
from shared.auth import Role

AT_ONCE = 8
TOKENS_VALID_FOR = timedelta(days=30)
RENEWED_BEFORE = timedelta(days=1)
PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 0.2
UNAVAILABLE = (502, 503, 504)
NO_ANSWER = "no_answer:"


class Tokens(Protocol):
    """Whoever signs tokens: `shared.auth.Issuer`."""

    def token(self, subject: str, role: Role, sites: list[str], now: datetime, valid: timedelta) -> str: ...


@dataclass(frozen=True)
class Actor:
    """Somebody who acts: an opaque subject, a role, a site."""

    subject: str
    role: Role
    site: str

    def __str__(self) -> str:
        return f"the {self.role} at {self.site}" if self.role != "participant" else "the participant"


def participant(program_id: UUID, site: str) -> Actor:
    return Actor(str(program_id), "participant", site)


@dataclass(frozen=True)
class Answer:
    """What a service answered. `refused` names the rule of a refusal that was expected."""

    body: Mapping[str, Any]
    refused: str | None = None

    @property
    def accepted(self) -> bool:
        return self.refused is None


class Apis:
    """The five services' HTTP APIs. A refusal that nobody expected is a trouble, in words."""

    def __init__(self, services: Mapping[str, str], tokens: Tokens, troubles: list[str]) -> None:
        limits = httpx.Limits(max_connections=AT_ONCE)
        self._clients = {
            name: httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS, limits=limits)
            for name, url in services.items()
        }
        self._tokens, self._troubles = tokens, troubles
        self._held: dict[Actor, tuple[str, datetime]] = {}
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self.now: datetime | None = None
        self.calls = 0

    async def close(self) -> None:
        await asyncio.gather(*(client.aclose() for client in self._clients.values()))

    async def get(self, who: Actor, url: str, doing: str, **query: Any) -> Answer | None:
        return await self._call(who, "GET", url, doing, params=query)

    async def post(
        self, who: Actor, url: str, doing: str, body: Mapping[str, Any] | None = None, expected: Collection[str] = ()
    ) -> Answer | None:
        """`url` is `service/path`; `doing` says in words what the actor does; None when it was refused or failed."""
        return await self._call(who, "POST", url, doing, json=body or {}, expected=expected)

    async def put(
        self, who: Actor, url: str, doing: str, body: Mapping[str, Any], expected: Collection[str] = (), **query: Any
    ) -> Answer | None:
        return await self._call(who, "PUT", url, doing, json=body, params=query, expected=expected)

    async def _call(
        self, who: Actor, method: str, url: str, doing: str, expected: Collection[str] = (), **content: Any
    ) -> Answer | None:
        service, _, path = url.partition("/")
        content = {name: value for name, value in content.items() if value}
        async with self._at_once:
            response = await self._send(who, service, method, f"/{path}", content)
        if response is None:
            self.trouble(f"{who}: {doing}: {service} did not answer {method} /{path} for {PATIENCE_SECONDS:.0f} s")
            return None
        if response.is_success:
            return Answer(_json(response))
        rule, detail = _refusal(response)
        if _is_expected(rule, expected):
            return Answer(_json(response), refused=rule)
        self.trouble(f"{who}: {doing}: {service} refused {method} /{path} with {response.status_code} {rule}: {detail}")
        return None

    async def _send(
        self, who: Actor, service: str, method: str, path: str, content: Mapping[str, Any]
    ) -> httpx.Response | None:
        """Ask again, under the same key, while the service is away: what was done before gets its first answer."""
        loop = asyncio.get_running_loop()
        until, key = loop.time() + PATIENCE_SECONDS, str(uuid4())
        while True:
            try:
                self.calls += 1
                headers = {"Authorization": f"Bearer {self._token(who)}", idempotency.HEADER: key}
                response = await self._clients[service].request(method, path, headers=headers, **content)
                if not _waits_for_somebody(response) or loop.time() > until:
                    return response
            except httpx.TransportError:
                if loop.time() > until:
                    return None
            await asyncio.sleep(PAUSE_SECONDS)

    def _token(self, who: Actor) -> str:
        if self.now is None:
            raise RuntimeError("nobody acts before the rehearsal has a time")
        token, ends = self._held.get(who, ("", self.now))
        if ends - RENEWED_BEFORE <= self.now:
            token = self._tokens.token(who.subject, who.role, [who.site], self.now, TOKENS_VALID_FOR)
            self._held[who] = (token, self.now + TOKENS_VALID_FOR)
        return token

    def trouble(self, sentence: str) -> None:
        """Something went otherwise than the scenario tells."""
        at = f"{self.now:%Y-%m-%d %H:%M} UTC: " if self.now else ""
        self._troubles.append(at + sentence)


def _json(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = response.json() if response.content else {}
    except ValueError:
        return {"text": response.text[:500]}
    return body if isinstance(body, dict) else {"items": body}


def _refusal(response: httpx.Response) -> tuple[str, str]:
    problem = _json(response)
    detail = problem.get("detail", problem.get("text", ""))
    return str(problem.get("rule", problem.get("title", "problem"))), str(detail)


def _waits_for_somebody(response: httpx.Response) -> bool:
    """It is away, or one of those that it has to ask is."""
    if response.status_code in UNAVAILABLE:
        return True
    return response.is_error and any(rule.startswith(NO_ANSWER) for rule in _refusal(response)[0].split(", "))


def _is_expected(rule: str, expected: Collection[str]) -> bool:
    """A refusal may name several rules; each must be expected. `held:` expects every rule that begins so."""
    rules = [each.strip() for each in rule.split(",")]
    return all(any(each == one or (one.endswith(":") and each.startswith(one)) for one in expected) for each in rules)
