"""What the audit trail says of a request: a command of a person, accepted or refused."""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import Request

from shared.audit.entry import Entry, digest, opaque
from shared.auth import Principal
from shared.settings import Settings
from shared.work import OpenWork, Trace, Work

READS = {"GET", "HEAD", "OPTIONS"}
"""Reading is no command; whoever is told a contact is kept in `disclosure`."""


def is_command(request: Request) -> bool:
    return request.method not in READS


async def fingerprint(request: Request) -> str:
    """A digest of the whole command, from which nobody can tell what it said."""
    settings: Settings = request.app.state.running.settings
    whole = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return digest(settings.codec_key.get_secret_value(), whole + await request.body())


async def accepted(request: Request, caller: Principal, work: Work) -> None:
    """Keep an accepted command, in the transaction of what it did, when all its consequences are drawn."""
    if is_command(request):
        await _keep(request, caller, work, work.trace, None)


async def refused(request: Request, rule: str) -> None:
    """Keep a refused command, in a transaction of its own: its own was rolled back."""
    caller: Principal | None = getattr(request.state, "caller", None)
    if caller is None or not is_command(request):
        return
    open_work: OpenWork = request.app.state.running.open_work
    async with open_work(caller.sites) as work:
        await _keep(request, caller, work, getattr(request.state, "trace", work.trace), rule)


async def _keep(request: Request, caller: Principal, work: Work, trace: Trace, rule: str | None) -> None:
    says = _content(await request.body())
    named = request.path_params | says
    common: dict[str, Any] = {
        "at": work.now,
        "actor": caller.subject,
        "role": caller.role,
        "action": f"{request.method} {request.scope['route'].path}",
        "inputs": await fingerprint(request),
        "outcome": "refused" if rule else "accepted",
        "rule": rule,
        "subjects": opaque(named) | trace.subjects,
        "protocols": trace.protocols,
    }
    for site in _sites(caller, trace, named):
        work.audit(Entry(site=site, **common))


def _sites(caller: Principal, trace: Trace, named: Mapping[str, Any]) -> list[str]:
    """Where it happened: the sites that it changed, or else the one that it names, or else all that it could see."""
    if trace.sites:
        return sorted(trace.sites)
    return [named["site"]] if named.get("site") in caller.sites else sorted(set(caller.sites))


def _content(sent: bytes) -> dict[str, Any]:
    try:
        content = json.loads(sent or b"{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
