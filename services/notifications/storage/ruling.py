"""Which protocols rule a message to staff. A participant's messages are ruled by their own (`protocol_of`)."""

from collections.abc import Sequence

from shared.projection.participant import Participant
from shared.projection.participants import protocol_of
from shared.protocol.library import ProtocolGone
from shared.protocol.model import Protocol
from shared.work import Work


def protocols_for_staff(work: Work, known: Participant | None) -> Sequence[Protocol]:
    """Return what rules a message to staff: the participant's own protocol, else all of them.

    Staff are told and paged whatever became of a file, by the most cautious of the rules that are there.
    """
    try:
        return [protocol_of(work, known)]
    except ProtocolGone:
        return work.protocols.all()
