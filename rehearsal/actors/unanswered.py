"""Reports what no actor answers to: an unknown kind of obligation, an end that is not the scenario's."""

from rehearsal.actors.context import Context, Hearing, Told
from shared.events import intake, integration, notifications, scheduler, session
from shared.program_states import ON_THE_WAY

ANSWERED_TO = frozenset(
    {
        *("forms", "screening_review", "possible_duplicate"),
        *(
            "seat_offer",
            "unheard_offer",
            "unheard_absence",
            "absence",
            "withdrawal_review",
            "cohort_below_minimum",
            "session_below_quorum",
        ),
        *("attendance", "session_close", "observations", "vitals_repeat", "suicidality"),
        *("circle_attendance", "circle_close", "circle", "check_in", "measure", "risk", "c_ssrs"),
        *("page", "message", "undelivered"),
    }
)


class Unanswered:
    """Nobody in particular: whoever would wonder."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def hears(self) -> Hearing:
        services = (intake, scheduler, session, integration, notifications)
        hearing: Hearing = {service.ObligationOpened: self._owed for service in services}
        return {**hearing, scheduler.StateChanged: self._state, scheduler.SeatExpired: self._expired}

    def _owed(self, told: Told) -> None:
        if told.data.kind not in ANSWERED_TO:
            about = self._context.references.get(told.data.program_id, f"{told.site}")
            owed = f"{told.data.kind} {told.data.item} ({about})"
            self._context.trouble(f"{owed} is due from the {told.data.owner}, and no actor knows how to do that")

    def _state(self, told: Told) -> None:
        """A person's end is the one that the scenario tells."""
        program_id, state = told.data.program_id, told.data.state
        if state in ON_THE_WAY:
            return
        if self._context.known(program_id) and state != (told_end := self._context.person(program_id).ends):
            reference = self._context.reference(program_id)
            self._context.trouble(f"{reference} is {state}, and the scenario ends them {told_end}")

    def _expired(self, told: Told) -> None:
        if self._context.known(told.data.program_id):
            self._context.trouble(
                f"the seat offered to {self._context.reference(told.data.program_id)} expired unanswered"
            )
