"""A command that its sender repeats, because no answer came, is done once: the sender names it with a key."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.auth import Principal
from shared.refusal import Refused
from shared.work import Work

HEADER = "Idempotency-Key"
LONGEST = 100

_claim = text(
    "insert into command_key (site, actor, key, request, at) values (:site, :actor, :key, :request, :at)"
    " on conflict (site, actor, key) do nothing"
)
_claimed = text("select request, at from command_key where site = :site and actor = :actor and key = :key")


async def claim(work: Work, caller: Principal, key: str, request: str) -> None:
    """Keep the key with what the command does, in its transaction: a refused command may be sent again under it.

    `request` is a digest of the whole command. Raises Refused: `invalid_key`, `key_of_another_command` (422) or
    `already_done` (409). Whoever sends it twice at once waits for the first to be committed or refused. Of a caller
    without a site nothing is kept: they change nothing.
    """
    if not (key.isascii() and key.isprintable() and 0 < len(key) <= LONGEST):
        raise Refused("invalid_key", f"send 1 to {LONGEST} printable ASCII characters", status=422, field=HEADER)
    if not caller.sites:
        return
    named = {"site": min(caller.sites), "actor": caller.subject, "key": key}
    claimed = await work.connection.execute(_claim, named | {"request": request, "at": work.now})
    if not claimed.rowcount:
        await _refuse(work.connection, named, request)


async def _refuse(connection: AsyncConnection, named: dict[str, str], request: str) -> None:
    earlier = (await connection.execute(_claimed, named)).one()
    if earlier.request != request:
        detail = f"at {earlier.at:%Y-%m-%d %H:%M:%S} UTC this key came with another command: each needs its own"
        raise Refused("key_of_another_command", detail, status=422, field=HEADER)
    detail = f"this command was carried out at {earlier.at:%Y-%m-%d %H:%M:%S} UTC, and was not carried out again"
    raise Refused("already_done", detail)
