"""What the catalogue says of a kind of obligation."""

from dataclasses import dataclass
from typing import Final, Literal

from shared.protocol.vocabulary import Role

Kind = Literal[
    "forms",
    "screening_review",
    "possible_duplicate",
    "orphan_fact",
    "absence",
    "hold",
    "withdrawal_review",
    "screening_renewal",
    "agreement_missing",
    "interval_too_short",
    "cohort_below_minimum",
    "unheard_offer",
    "unheard_absence",
    "session_below_quorum",
    "leaving_taken_back",
    "seat_given_on",
    "ledger_broken",
    "protocol_unreadable",
    "dose_while_held",
    "substance_discrepancy",
    "attendance",
    "session_close",
    "vitals_repeat",
    "observations",
    "suicidality",
    "circle_close",
    "check_in",
    "measure",
    "risk",
    "c_ssrs",
    "message",
    "page",
    "undelivered",
    "protocol_gone",
    "reply",
    "nobody_on_call",
]
"""Every kind that a service may open: the type checker refuses one that is not in the catalogue."""

HOMEWARD: Final = "homeward"
"""The owner of what the system owes by itself (a message to send): watched like the rest, told to nobody."""
BY_PROTOCOL: Final = "protocol"
"""The protocol says which role owes it."""
ALWAYS_UNANNOUNCED = ("",)
"""Every stage begins with it: a mail of its own tells, or no mail could."""
ASKED_FIRST = ("open", "remind")
"""The stages in which the participant was asked and may still answer by themselves."""


@dataclass(frozen=True)
class ObligationKind:
    """One kind of obligation: who owes it first, what is to be done and what ends it, as task lists and mails say.

    `due` says until when, by which field of the protocol or by convention. `closed_by` are the commands that close it,
    as `service.command`; whatever is not asked any more of somebody who leaves is closed too. `unannounced` are the
    beginnings of the stages in which no mail tells the owner: a participant is asked first, or the owner stands in the
    room. `urgent`: the mail waits neither for others nor for the end of quiet hours.
    """

    owner: Role | Literal["homeward", "protocol"]
    to_do: str
    ends: str
    due: str
    closed_by: tuple[str, ...]
    unannounced: tuple[str, ...] = ()
    urgent: bool = False

    def is_announced(self, stage: str) -> bool:
        """Return whether the owner gets a mail when the obligation enters this stage."""
        return self.owner != HOMEWARD and not stage.startswith(self.unannounced)
