"""The scheduler as a running service."""

from services.scheduler.activities import activities
from services.scheduler.api import router
from services.scheduler.commands import advance_program
from services.scheduler.handlers import handlers
from services.scheduler.workflows import CohortProgram, ParticipantProgram
from shared.service import Service, serve

SERVICE = Service(
    name="scheduler",
    promise="Everybody who is eligible gets a seat, a calendar, and the next step on time.",
    api=router,
    handlers=handlers,
    activities=activities,
    workflows=[ParticipantProgram, CohortProgram],
    consequences={ParticipantProgram.__name__: advance_program.in_the_same_transaction},
)

if __name__ == "__main__":
    serve(SERVICE)
