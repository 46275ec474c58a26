"""Free ports on loopback, outside the range from which the kernel serves outgoing connections."""

import json
import random
import socket
from collections.abc import Mapping
from pathlib import Path

from embedded.errors import EmbeddedError

LOOPBACK = "127.0.0.1"
RANGE = range(20000, 32000)

_given: set[int] = set()


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """A port nobody listens on, and that this process was not given before."""
    for port in random.sample(RANGE, k=len(RANGE)):
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    raise EmbeddedError(f"No port between {RANGE.start} and {RANGE.stop} is free: end what holds them and start again.")


def remembered(file: Path) -> dict[str, int]:
    """The ports by name that `remember` wrote, but for those that somebody else took meanwhile."""
    try:
        kept = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    free = {name: port for name, port in kept.items() if is_free(port)}
    _given.update(free.values())
    return free


def remember(file: Path, given: Mapping[str, int]) -> None:
    """Keep which ports were given, so that the next start of the same data listens where clients look for it."""
    file.write_text(json.dumps(given, indent=2) + "\n")


def claim(port: int, server: str) -> int:
    """The port asked for when it is free, any free one for 0."""
    if port == 0:
        return free_port()
    if not is_free(port):
        raise EmbeddedError(
            f"Port {port} on {LOOPBACK}, wanted by {server}, is in use: end what listens there or choose another port."
        )
    return port
