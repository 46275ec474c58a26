"""How the people of an experiment reach the services: one request, refused for good or worth another try."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from embedded.endpoints import Endpoints
from embedded.services import NO_TLS
from rehearsal.compressed_time.bodies import SITE
from shared import idempotency
from shared.auth import Issuer, Role

SECONDS = 10.0
TOKENS_LAST = timedelta(hours=12)


class Away(Exception):
    """Nobody answered, or the service could not: it is tried again."""


class Refused(Exception):
    """The service said no, with its rule: what is so already is not done twice."""

    def __init__(self, status: int, rule: str, detail: str) -> None:
        super().__init__(f"{status} {rule}: {detail}")
        self.status, self.rule = status, rule


class ApiClient:
    """`tries` counts how requests ended: `accepted`, `away`, an error's status, a refusal's rule."""

    def __init__(self, endpoints: Endpoints, issuer: Issuer) -> None:
        self.tries: Counter[str] = Counter()
        self._clients = {
            name: httpx.AsyncClient(base_url=url, timeout=SECONDS, verify=NO_TLS)
            for name, url in endpoints.services.items()
        }
        self._issuer = issuer
        self._tokens: dict[tuple[str, Role], str] = {}

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()

    async def ask(
        self, role: Role, method: str, url: str, body: object = None, subject: object = None, key: str | None = None
    ) -> dict[str, Any]:
        """`url` is `service/path`; a participant's subject is their program id. Raises Away or Refused.

        A command that is sent again under its `key` gets its first answer.
        """
        service, _, path = url.partition("/")
        headers = {"Authorization": f"Bearer {self._token(str(subject or f'{role}-1'), role)}"}
        if key:
            headers[idempotency.HEADER] = key
        try:
            answer = await self._clients[service].request(method, f"/{path}", json=body, headers=headers)
        except httpx.TransportError as gone:
            self.tries["away"] += 1
            raise Away(f"{url}: {type(gone).__name__}") from gone
        if answer.status_code >= 500:
            self.tries[str(answer.status_code)] += 1
            raise Away(f"{url}: {answer.status_code} {answer.text}")
        found: dict[str, Any] = answer.json()
        if answer.is_error:
            rule = str(found.get("rule") or answer.status_code)
            self.tries[f"refused: {rule.partition(':')[0]}"] += 1
            raise Refused(answer.status_code, rule, f"{role} {method} {url}: {answer.text}")
        self.tries["accepted"] += 1
        return found

    def _token(self, subject: str, role: Role) -> str:
        if (subject, role) not in self._tokens:
            token = self._issuer.token(subject, role, [SITE], datetime.now(UTC), TOKENS_LAST)
            self._tokens[subject, role] = token
        return self._tokens[subject, role]
