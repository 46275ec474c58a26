"""A released protocol with two arms made in it, for tests: no released protocol has any."""

import json
from typing import Any

from shared.protocol.model import Protocol
from shared.protocol.vocabulary import Route

LOWER, HIGHER = "lower", "higher"
RANGES = {LOWER: (0.5, 0.8), HIGHER: (0.9, 1.5)}
"""mg/kg, intramuscular."""


def with_arms(protocol: Protocol) -> Protocol:
    """Return the protocol given by the intramuscular route alone, in a lower and a higher arm; checked as a file is."""
    written = json.loads(protocol.model_dump_json(by_alias=True))
    (usual,) = [one for one in written["dosing"]["routes"] if one["route"] == Route.INTRAMUSCULAR]
    written["dosing"] |= {"routes": [usual], "arms": [_arm(id, usual) for id in RANGES]}
    return Protocol.model_validate_json(json.dumps(written))


def _arm(id: str, usual: dict[str, Any]) -> dict[str, Any]:
    low, high = RANGES[id]
    ranged = usual | {"low": low, "high": high}
    return {"id": id, "title": f"{id.capitalize()} dose", "routes": [ranged], "source": usual["source"]}
