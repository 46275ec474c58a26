"""Opting out: an append-only ledger per person, channel and category, honoured at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.protocol.words import MessageCategory

Channel = Literal["email"]
STOP_WORDS = frozenset({"STOP", "QUIT", "END", "REVOKE", "OPT OUT", "CANCEL", "UNSUBSCRIBE"})


@dataclass(frozen=True)
class OptOut:
    """One line of the ledger; `category` None means every category, `out` False takes an opt-out back."""

    channel: Channel
    category: MessageCategory | None
    out: bool
    at: datetime
    by: str


def opted_out(ledger: Iterable[OptOut], category: MessageCategory, channel: Channel = "email") -> bool:
    """Whether the newest line that speaks of this category says out. `ledger` is in the order it was written."""
    spoken = [line.out for line in ledger if line.channel == channel and line.category in (None, category)]
    return bool(spoken and spoken[-1])


def asks_to_stop(text: str) -> bool:
    """Whether an answer is one of the words that stop messages, whatever its case, spaces and full stops."""
    words = " ".join(text.replace("-", " ").split()).strip(" .!\"'").upper()
    return words in STOP_WORDS
