"""The catalogue of obligations: of every kind, who owes it first, what is to be done, and what ends it.

Task lists and the mails to staff say these sentences. They name no person, no drug, no diagnosis and no score, for a
mail is read on a locked screen by whoever holds the phone.
"""

from dataclasses import dataclass
from typing import Final, Literal, get_args

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


@dataclass(frozen=True)
class ObligationKind:
    """One kind of obligation.

    `unannounced` are the beginnings of the stages in which no mail tells the owner: a participant is asked first, or
    the owner stands in the room. `urgent`: the mail waits neither for others nor for the end of quiet hours.
    """

    owner: Role | Literal["homeward", "protocol"]
    to_do: str
    ends: str
    unannounced: tuple[str, ...] = ()
    urgent: bool = False

    def is_announced(self, stage: str) -> bool:
        """Return whether the owner gets a mail when the obligation enters this stage."""
        return self.owner != HOMEWARD and not stage.startswith(self.unannounced)


ALWAYS_UNANNOUNCED = ("",)
"""Every stage begins with it: a mail of its own tells, or no mail could."""
ASKED_FIRST = ("open", "remind")
"""The stages in which the participant was asked and may still answer by themselves."""

CATALOGUE: dict[Kind, ObligationKind] = {
    "forms": ObligationKind(
        Role.COORDINATOR,
        "Somebody has not sent back the forms that they were asked for. Please call them and offer help.",
        "It ends when the forms are submitted; after the deadline the referral lapses. Where no message reached them, "
        "their time begins when you record that you told them.",
        unannounced=ASKED_FIRST,
    ),
    "screening_review": ObligationKind(
        Role.CLINICIAN,
        "Submitted forms are waiting for your review.",
        "It ends with a signed decision.",
    ),
    "possible_duplicate": ObligationKind(
        Role.CLINICIAN,
        "Somebody may already be known here or at another site. Please find out who they are.",
        "It ends when you sign whether it is the same person.",
    ),
    "orphan_fact": ObligationKind(
        Role.COORDINATOR,
        "Something was recorded for somebody whose path had ended already. Please find out what it means.",
        "It ends when you resolve it in the task list.",
    ),
    "absence": ObligationKind(
        BY_PROTOCOL,
        "Somebody missed an appointment. Please see to what follows from it.",
        "It ends with a make-up, or with a signed decision.",
    ),
    "hold": ObligationKind(
        Role.CLINICIAN,
        "A clinician has put somebody's next steps on hold. Please decide what happens next.",
        "It ends when the hold is released.",
    ),
    "withdrawal_review": ObligationKind(
        Role.CLINICIAN,
        "Please review whether somebody goes on.",
        "It ends with your signed decision.",
    ),
    "screening_renewal": ObligationKind(
        Role.CLINICIAN,
        "A signed decision ends before one of somebody's next appointments. Please look at them again.",
        "It ends when you sign a new decision, or when they have left.",
    ),
    "agreement_missing": ObligationKind(
        Role.COORDINATOR,
        "Somebody has not signed, or has taken back, an agreement that their next appointment needs. "
        "Please talk with them.",
        "It ends when the agreement is signed, or when that appointment is over.",
    ),
    "interval_too_short": ObligationKind(
        Role.PRESCRIBER,
        "Somebody's next appointment comes too soon after the one before. Please decide what happens next.",
        "It ends when that appointment is over.",
    ),
    "cohort_below_minimum": ObligationKind(
        Role.COORDINATOR,
        "Fewer people have taken a place than are needed for the start. Please run, postpone or merge.",
        "It ends when you decide in the task list, or when there are enough people again.",
    ),
    "session_below_quorum": ObligationKind(
        Role.COORDINATOR,
        "Fewer people are expected at the next appointment than it needs. Please run, postpone or merge.",
        "It ends when you decide in the task list, or when there are enough people again.",
    ),
    "leaving_taken_back": ObligationKind(
        Role.CLINICIAN,
        "Somebody's path had been ended by mistake and goes on. Please look through what was closed meanwhile.",
        "It ends when you resolve it in the task list.",
    ),
    "seat_given_on": ObligationKind(
        Role.COORDINATOR,
        "The place of somebody whose path had been ended by mistake was given on. Please call them about another.",
        "It ends when you resolve it in the task list.",
    ),
    "unheard_offer": ObligationKind(
        Role.COORDINATOR,
        "A place was kept for somebody whom no message could tell. Please call them and ask whether they want one.",
        "It ends when you record what they said, or when their path ends.",
    ),
    "unheard_absence": ObligationKind(
        Role.COORDINATOR,
        "Somebody missed an appointment that no message had told them of. Please call them.",
        "It ends when you record in the task list that you called them, or when they were there after all.",
    ),
    "ledger_broken": ObligationKind(
        Role.COORDINATOR,
        "The count of people does not add up: somebody may be lost. Please look at the ledger.",
        "It ends by itself when the ledger balances.",
    ),
    "protocol_unreadable": ObligationKind(
        Role.CLINICIAN,
        "The rules that people here follow cannot be read, so nothing that needs them can begin. "
        "Please have them put back.",
        "It ends by itself when they can be read again.",
        urgent=True,
    ),
    "dose_while_held": ObligationKind(
        Role.CLINICIAN,
        "Today's appointment went ahead for somebody although it was on hold. Please see them at once.",
        "It ends when you resolve it in the task list.",
        urgent=True,
    ),
    "substance_discrepancy": ObligationKind(
        Role.PRESCRIBER,
        "What was counted on the shelf is not what the register says. Please find out why, and count again.",
        "It ends with a count that agrees.",
        urgent=True,
    ),
    "attendance": ObligationKind(
        Role.FACILITATOR,
        "Appointments are near. Please record who is there.",
        "It ends when everybody is accounted for; after the deadline anyone who is missing counts as absent.",
    ),
    "session_close": ObligationKind(
        Role.FACILITATOR,
        "A day's appointments are to be completed. Please see that everybody is accounted for and gone home.",
        "It ends when you close the day.",
    ),
    "vitals_repeat": ObligationKind(
        Role.FACILITATOR,
        "A measurement is to be taken again.",
        "It ends when it is recorded.",
        unannounced=("resting", "due"),
        urgent=True,
    ),
    "observations": ObligationKind(
        Role.FACILITATOR,
        "Somebody who is with you today is to be looked after until they may leave.",
        "It ends with the last record and the signed permission to leave.",
        unannounced=("minute",),
        urgent=True,
    ),
    "suicidality": ObligationKind(
        Role.CLINICIAN,
        "What somebody said at arrival today needs your decision.",
        "It ends with your signed decision.",
        urgent=True,
    ),
    "circle_close": ObligationKind(
        Role.FACILITATOR,
        "A meeting is to be completed. Please see that everybody is accounted for.",
        "It ends when you close the meeting.",
    ),
    "check_in": ObligationKind(
        BY_PROTOCOL,
        "Somebody was asked how they are and has not answered. Please call them.",
        "It ends with an answer, with a call that reached them, or with a clinician's decision.",
        unannounced=ASKED_FIRST,
    ),
    "measure": ObligationKind(
        BY_PROTOCOL,
        "Somebody has not answered the questions that they were asked. Please call them and offer help.",
        "It ends with their answers, or when you close it as missed after its last day.",
        unannounced=ASKED_FIRST,
    ),
    "risk": ObligationKind(
        Role.CLINICIAN,
        "What somebody told us needs your decision.",
        "It ends with your signed decision.",
        urgent=True,
    ),
    "c_ssrs": ObligationKind(
        Role.CLINICIAN,
        "Somebody is to be called and asked the questions that follow from what they told us.",
        "It ends when their answers are recorded.",
        urgent=True,
    ),
    "message": ObligationKind(HOMEWARD, "A message is to be sent.", "It ends when it is sent, or kept back by a rule."),
    "page": ObligationKind(
        BY_PROTOCOL,
        "Somebody on call is asked to come now.",
        "It ends when somebody acknowledges the page.",
        unannounced=ALWAYS_UNANNOUNCED,
    ),
    "undelivered": ObligationKind(
        Role.COORDINATOR,
        "A message could not be delivered. Please see that the person is told.",
        "It ends when you record how they were told, or when what it was about is over.",
    ),
    "protocol_gone": ObligationKind(
        Role.COORDINATOR,
        "Somebody's messages are waiting: the file with the rules for them is missing, or was changed. "
        "Please have it put back.",
        "It ends by itself when the file is back, or when nothing waits for it any more.",
    ),
    "reply": ObligationKind(
        Role.COORDINATOR,
        "Somebody answered a message in words of their own. Please read it.",
        "It ends when you record what came of it.",
    ),
    "nobody_on_call": ObligationKind(
        Role.COORDINATOR,
        "The on-call roster is empty.",
        "It ends when a roster is set.",
        unannounced=ALWAYS_UNANNOUNCED,
    ),
}
UNKNOWN = ObligationKind(BY_PROTOCOL, "A task is waiting for you.", "It ends when it is done in the task list.")
"""What a newer build opens before this one knows its sentence."""


def kind_of(name: str) -> ObligationKind:
    """Return what the catalogue says about a kind, or a sentence that is true of every task."""
    return next((CATALOGUE[kind] for kind in get_args(Kind) if kind == name), UNKNOWN)
