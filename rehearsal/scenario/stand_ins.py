"""What a rehearsal takes in place of what a protocol leaves open: invented, said aloud, and for no person."""

from pathlib import Path

from pydantic import ValidationError

from rehearsal.scenario.script import Part
from shared.document import FaultyFile
from shared.model_file import read_model
from shared.protocol.care import GroupSize, Quorum
from shared.protocol.model import Protocol
from shared.protocol.wording import listed, spoken


class StandIns(Part):
    """A size of the group and a quorum, each where the protocol leaves it open."""

    size: GroupSize | None = None
    quorum: Quorum | None = None


def with_stand_ins(protocol: Protocol, file: Path) -> Protocol:
    """The protocol with what it leaves open filled in from the file; the same when it leaves nothing open.

    Raises FaultyFile when the file leaves it open, too, says what the protocol says, or does not fit it.
    """
    if not protocol.cohort.unset:
        return protocol
    given, document = read_model(file, StandIns)
    faults = []
    for name in StandIns.model_fields:
        if name in protocol.cohort.unset and getattr(given, name) is None:
            faults.append(document.fault(file, (name,), f"is missing: {protocol.id} leaves cohort.{name} open"))
        if name not in protocol.cohort.unset and getattr(given, name) is not None:
            faults.append(document.fault(file, (name,), f"{protocol.id} says cohort.{name} itself"))
    if faults:
        raise FaultyFile(faults)
    cited = {name: getattr(protocol.cohort, name) for name in protocol.cohort.unset}
    filled = {name: one.model_copy(update={"value": getattr(given, name)}) for name, one in cited.items()}
    parts = {name: getattr(protocol, name) for name in Protocol.model_fields}
    try:
        return Protocol.model_validate(parts | {"cohort": protocol.cohort.model_copy(update=filled)})
    except ValidationError as invalid:
        raise FaultyFile(document.fault(file, (), error["msg"]) for error in invalid.errors()) from invalid


def sentence(published: Protocol, taken: Protocol) -> str:
    """Say what a rehearsal takes for what the published protocol leaves open."""
    values = [f"cohort.{name} {spoken(getattr(taken.cohort, name))}" for name in published.cohort.unset]
    return (
        f"{published.id} {published.version} leaves open what no publication says. This rehearsal takes "
        f"{listed(values)}: invented, and to be set by a medical director before a group is opened."
    )
