"""The values of a protocol that a medical director has to sign off, each by its path in the document."""

from shared.protocol.base import Sourced, walk
from shared.protocol.model import Protocol


def flagged(protocol: Protocol) -> dict[str, Sourced]:
    """Return each flagged part by its path, such as `dosing.weight_dated_within` or `screening.rules.3`."""
    return {
        path_of(path): part
        for path, part in walk(protocol)
        if isinstance(part, Sourced) and part.needs_medical_director_signoff
    }


def path_of(steps: tuple[str | int, ...]) -> str:
    """Write a path as one word; a place in a list counts from 0."""
    return ".".join(map(str, steps))
