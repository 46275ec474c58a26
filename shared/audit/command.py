"""What the audit trail says of a request: a command of a person, accepted or refused."""

import asyncio
import json
from collections.abc import Collection, Mapping
from typing import Any

from fastapi import Request

from shared.audit.entry import Entry, digest, opaque
from shared.auth import Principal
from shared.request_body import names
from shared.settings import Settings
from shared.work import OpenWork, Trace, Work

READS = {"GET", "HEAD", "OPTIONS"}
"""Reading is no command; whoever is told a contact is kept in `disclosure`."""
KEPT_WITHIN = 5
"""Seconds in which the row of a refused command must be written: its caller waits for the answer meanwhile."""


class NotKept(Exception):
    """The row of a refused command could not be written, so the command gets no other answer than that."""


def is_command(request: Request) -> bool:
    return request.method not in READS


async def receive(request: Request) -> None:
    """Take in the whole command, before any transaction: nobody waits for a slow sender with a lock in hand."""
    if is_command(request):
        request.state.sent = await request.body()


def fingerprint(request: Request) -> str:
    """Return a digest of the whole command, from which nobody can tell what it said."""
    settings: Settings = request.app.state.running.settings
    whole = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return digest(settings.codec_key.get_secret_value(), whole + request.state.sent)


async def accepted(request: Request, caller: Principal, work: Work) -> None:
    """Keep an accepted command, in the transaction of what it did, when all its consequences are drawn."""
    if is_command(request):
        _keep(request, caller, work, work.trace, None)


async def refused(request: Request, rule: str) -> None:
    """Keep a refused command, in a transaction of its own: its own was rolled back. Raises NotKept."""
    caller: Principal | None = getattr(request.state, "caller", None)
    if caller is None or not is_command(request):
        return
    open_work: OpenWork = request.app.state.running.open_work
    try:
        async with asyncio.timeout(KEPT_WITHIN), open_work(caller.sites) as work:
            _keep(request, caller, work, getattr(request.state, "trace", work.trace), rule)
    except Exception as error:
        raise NotKept(type(error).__name__) from error


def _keep(request: Request, caller: Principal, work: Work, trace: Trace, rule: str | None) -> None:
    field = request.scope["route"].body_field
    named = request.path_params | _content(request.state.sent, names(field.field_info.annotation) if field else ())
    common: dict[str, Any] = {
        "at": work.now,
        "actor": caller.subject,
        "role": caller.role,
        "action": f"{request.method} {request.scope['route'].path}",
        "inputs": fingerprint(request),
        "outcome": "refused" if rule else "accepted",
        "rule": rule,
        "subjects": opaque(named) | trace.subjects,
        "protocols": trace.protocols,
    }
    for site in _sites(caller, trace, named):
        work.audit(Entry(site=site, **common))


def _sites(caller: Principal, trace: Trace, named: Mapping[str, Any]) -> list[str]:
    """Return the sites that it changed, or else the one that it names, or else all that it could see."""
    if trace.sites:
        return sorted(trace.sites)
    return [named["site"]] if named.get("site") in caller.sites else sorted(set(caller.sites))


def _content(sent: bytes, known: Collection[str]) -> dict[str, str]:
    """Return the texts under names that the endpoint declares: a name that a caller made up is data, as a text is."""
    try:
        content = json.loads(sent or b"{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(content, dict):
        return {}
    return {name: content[name] for name in known if isinstance(content.get(name), str)}
