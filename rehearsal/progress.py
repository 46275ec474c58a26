"""How far a rehearsal is: what has been done of all that its scenario plans."""

from uuid import UUID

from rehearsal.scenario import Scenario
from shared.events import Event, integration, scheduler, session
from shared.protocol.items import is_make_up

Done = tuple[str, UUID, str]


class Progress:
    """Counts screenings, sessions and measures as they end.

    Work and not dates: the half year before the last measure is a few steps of the clock.
    """

    def __init__(self, scenario: Scenario) -> None:
        protocols = [scenario.protocol_of(cohort) for cohort in scenario.cohorts]
        planned = sum(len(protocol.sessions) + len(protocol.measures) for protocol in protocols)
        self._planned = len(scenario.referrals) + planned
        self._member_of: dict[UUID, UUID] = {}
        self._done: set[Done] = set()

    @property
    def share(self) -> float:
        """What is done, from 0 to 1."""
        return min(len(self._done) / self._planned, 1.0)

    def hear(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case scheduler.StateChanged(program_id=id, state=state) if state != "in_screening":
                self._done.add(("screening", id, ""))
            case scheduler.SeatAccepted(program_id=id, cohort_id=cohort_id):
                self._member_of[id] = cohort_id
            case session.SessionClosed(cohort_id=id, item=item) | integration.CircleClosed(cohort_id=id, item=item):
                if not is_make_up(item):
                    self._done.add(("session", id, item))
            case integration.MeasureCompleted(program_id=id, item=item):
                self._measured(id, item)
            case integration.MeasureMissed(program_id=id, item=item):
                self._measured(id, item)
            case _:
                pass

    def _measured(self, program_id: UUID, item: str) -> None:
        if cohort_id := self._member_of.get(program_id):
            self._done.add(("measure", cohort_id, item))
