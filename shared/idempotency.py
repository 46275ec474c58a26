"""A command that its sender repeats, because no answer came, is carried out once and answered again."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from shared.cipher import Cipher
from shared.refusal import Refused
from shared.work import Work

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST = 100
ANSWERS_ARE_KEPT_FOR = timedelta(hours=24)
"""Longer than anybody repeats a command whose answer was lost; the key itself stays, so that it is never done twice."""

_name_actor = text("select set_config('homeward.actor', :actor, true)")
_claim = text(
    "insert into command_key (site, actor, key, request, at) values (:site, :actor, :key, :request, :at)"
    " on conflict (actor, key) do nothing"
)
_claimed = text("select request, at, status, answer from command_key where actor = :actor and key = :key")
_keep = text("update command_key set status = :status, answer = :answer where actor = :actor and key = :key")
_forget = text("update command_key set answer = null where answer is not null and at < :before")


class Repeated(Exception):
    """Raised instead of carrying a command out again: `status` and `body` are what it was answered the first time."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"carried out before, and answered {status}")
        self.status, self.body = status, body


@dataclass(frozen=True)
class Command:
    """A command under the key that its sender gave it. `request` is a digest of the whole of it.

    The key is the actor's alone: `site`, which their token names first, is only where the row is seen to be forgotten.
    """

    actor: str
    key: str
    request: str
    site: str
    cipher: Cipher

    def __post_init__(self) -> None:
        if not (self.key.isascii() and self.key.isprintable() and 0 < len(self.key) <= LONGEST):
            raise Refused("invalid_key", f"send 1 to {LONGEST} printable ASCII characters", status=422, field=HEADER)

    @property
    def _named(self) -> dict[str, str]:
        return {"actor": self.actor, "key": self.key}

    async def claim(self, work: Work) -> None:
        """Keep the key in the transaction of what the command does: a refused command may be sent again under it.

        Two at once wait for each other: the second is answered when the first is committed, or carried out when the
        first is refused. Raises Repeated, or Refused: `key_of_another_command` (422) or `already_done` (409).
        """
        await work.connection.execute(_name_actor, {"actor": self.actor})
        row = self._named | {"site": self.site, "request": self.request, "at": work.now}
        if not (await work.connection.execute(_claim, row)).rowcount:
            await self.answer_again(work)

    async def answer_again(self, work: Work) -> None:
        """Raise what became of the command when it was sent before; return when it never was."""
        await work.connection.execute(_name_actor, {"actor": self.actor})
        earlier = (await work.connection.execute(_claimed, self._named)).one_or_none()
        if earlier is None:
            return
        if earlier.request != self.request:
            detail = f"at {earlier.at:%Y-%m-%d %H:%M:%S} UTC this key came with another command: each needs its own"
            raise Refused("key_of_another_command", detail, status=422, field=HEADER)
        if earlier.answer is None:
            detail = f"this command was carried out at {earlier.at:%Y-%m-%d %H:%M:%S} UTC; its answer is no longer kept"
            raise Refused("already_done", detail)
        raise Repeated(earlier.status, self.cipher.decrypt(earlier.answer))

    async def keep_answer(self, work: Work, status: int, body: bytes) -> None:
        """Keep what the command is answered, encrypted, in the transaction of what it did."""
        kept = self._named | {"status": status, "answer": self.cipher.encrypt(body)}
        await work.connection.execute(_keep, kept)


async def forget(work: Work) -> int:
    """Erase the answers that are older than `ANSWERS_ARE_KEPT_FOR`; return how many went."""
    return (await work.connection.execute(_forget, {"before": work.now - ANSWERS_ARE_KEPT_FOR})).rowcount
