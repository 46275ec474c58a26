"""What the scheduler owes on the path: absences, reviews, refusals that are foreseen, groups that are too small."""

from shared.obligation_kinds.kind import BY_PROTOCOL, Kind, ObligationKind
from shared.protocol.vocabulary import Role

KINDS: dict[Kind, ObligationKind] = {
    "orphan_fact": ObligationKind(
        Role.COORDINATOR,
        "Something was recorded for somebody whose path had ended already. Please find out what it means.",
        "It ends when you resolve it in the task list.",
        due="one day",
        closed_by=("scheduler.close_task",),
    ),
    "absence": ObligationKind(
        BY_PROTOCOL,
        "Somebody missed an appointment. Please see to what follows from it.",
        "It ends with a make-up, or with a signed decision.",
        due="`missed.make_up_within` of its session, else `attendance.absence_close_within`, from the session on",
        closed_by=("scheduler.advance_program", "scheduler.take_back_absences"),
    ),
    "hold": ObligationKind(
        Role.CLINICIAN,
        "A clinician has put somebody's next steps on hold. Please decide what happens next.",
        "It ends when the hold is released.",
        due="`attendance.hold_decision_within`",
        closed_by=("scheduler.hold_doses",),
    ),
    "withdrawal_review": ObligationKind(
        Role.CLINICIAN,
        "Please review whether somebody goes on.",
        "It ends with your signed decision.",
        due="`attendance.review_within`",
        closed_by=("scheduler.decide_review", "scheduler.take_back_absences"),
    ),
    "screening_renewal": ObligationKind(
        Role.CLINICIAN,
        "A signed decision ends before one of somebody's next appointments. Please look at them again.",
        "It ends when you sign a new decision, or when they have left.",
        due="the start of the dose that would be refused",
        closed_by=("scheduler.advance_program",),
    ),
    "agreement_missing": ObligationKind(
        Role.COORDINATOR,
        "Somebody has not signed, or has taken back, an agreement that their next appointment needs. "
        "Please talk with them.",
        "It ends when the agreement is signed, or when that appointment is over.",
        due="the start of the dose that would be refused",
        closed_by=("scheduler.advance_program",),
    ),
    "interval_too_short": ObligationKind(
        Role.PRESCRIBER,
        "Somebody's next appointment comes too soon after the one before. Please decide what happens next.",
        "It ends when that appointment is over.",
        due="the start of the dose that would be refused",
        closed_by=("scheduler.advance_program",),
    ),
    "cohort_below_minimum": ObligationKind(
        Role.COORDINATOR,
        "Fewer people have taken a place than are needed for the start. Please run, postpone or merge.",
        "It ends when you decide in the task list, or when there are enough people again.",
        due="the start of the cohort",
        closed_by=("scheduler.close_task", "scheduler.mind_quorum"),
    ),
    "session_below_quorum": ObligationKind(
        Role.COORDINATOR,
        "Fewer people are expected at the next appointment than it needs. Please run, postpone or merge.",
        "It ends when you decide in the task list, or when there are enough people again.",
        due="the start of the session",
        closed_by=("scheduler.close_task", "scheduler.mind_quorum"),
    ),
    "unheard_offer": ObligationKind(
        Role.COORDINATOR,
        "A place was kept for somebody whom no message could tell. Please call them and ask whether they want one.",
        "It ends when you record what they said, or when their path ends.",
        due="one day",
        closed_by=("scheduler.tell_of_offer", "scheduler.call_unheard"),
    ),
    "unheard_absence": ObligationKind(
        Role.COORDINATOR,
        "Somebody missed an appointment that no message had told them of. Please call them.",
        "It ends when you record in the task list that you called them, or when they were there after all.",
        due="one day",
        closed_by=("scheduler.close_task", "scheduler.call_unheard"),
    ),
    "leaving_taken_back": ObligationKind(
        Role.CLINICIAN,
        "Somebody's path had been ended by mistake and goes on. Please look through what was closed meanwhile.",
        "It ends when you resolve it in the task list.",
        due="one day",
        closed_by=("scheduler.close_task",),
    ),
    "seat_given_on": ObligationKind(
        Role.COORDINATOR,
        "The place of somebody whose path had been ended by mistake was given on. Please call them about another.",
        "It ends when you resolve it in the task list.",
        due="one day",
        closed_by=("scheduler.close_task",),
    ),
    "ledger_broken": ObligationKind(
        Role.COORDINATOR,
        "The count of people does not add up: somebody may be lost. Please look at the ledger.",
        "It ends by itself when the ledger balances.",
        due="four hours",
        closed_by=("scheduler.report_ledger",),
    ),
    "protocol_unreadable": ObligationKind(
        Role.CLINICIAN,
        "The rules that people here follow cannot be read, so nothing that needs them can begin. "
        "Please have them put back.",
        "It ends by itself when they can be read again.",
        due="one hour",
        closed_by=("scheduler.wait_for_protocol",),
        urgent=True,
    ),
    "dose_while_held": ObligationKind(
        Role.CLINICIAN,
        "Today's appointment went ahead for somebody although it was on hold. Please see them at once.",
        "It ends when you resolve it in the task list.",
        due="`risk.page_ack_within`",
        closed_by=("scheduler.close_task",),
        urgent=True,
    ),
}
