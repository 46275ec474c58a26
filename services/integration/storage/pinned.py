"""The protocol that a person, a circle, a check-in, a measure or a risk was pinned to, by its content."""

from typing import Protocol as Shape

from shared.protocol.calendar import CheckIns
from shared.protocol.model import Protocol
from shared.work import Work


class Pinned(Shape):
    """What keeps a pin. `protocol_hash` is None where the row is older than the hash and nothing tells which it was."""

    @property
    def protocol_id(self) -> str: ...
    @property
    def protocol_version(self) -> str: ...
    @property
    def protocol_hash(self) -> str | None: ...


def protocol_of(work: Work, of: Pinned) -> Protocol:
    """Return the very content that was pinned; raise ProtocolGone when it cannot be read."""
    return work.protocols.pinned(of.protocol_id, of.protocol_version, of.protocol_hash)


def check_ins_of(work: Work, of: Pinned) -> CheckIns:
    """Return what the pinned protocol says about check-ins; raise ProtocolGone when it cannot be read."""
    found = protocol_of(work, of).check_ins
    if found is None:
        raise KeyError(f"{of.protocol_id} {of.protocol_version} has no check-ins")
    return found
