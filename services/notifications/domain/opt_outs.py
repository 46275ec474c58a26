"""Opting out: an append-only ledger per person, channel and category, honoured at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.protocol.vocabulary import MessageCategory

Channel = Literal["email"]


@dataclass(frozen=True)
class OptOut:
    """One line of the ledger; `category` None means every category, `out` False takes an opt-out back."""

    channel: Channel
    category: MessageCategory | None
    out: bool
    at: datetime
    by: str


def opted_out(ledger: Iterable[OptOut], category: MessageCategory, channel: Channel = "email") -> bool:
    """Return whether the newest line that speaks of this category says out. `ledger` is in the order it was written."""
    spoken = [line.out for line in ledger if line.channel == channel and line.category in (None, category)]
    return bool(spoken and spoken[-1])
