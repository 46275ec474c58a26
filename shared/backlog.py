"""How far a service is behind what it hears.

Whoever comes back after a long time first hears everything, and then acts: consequences drawn from half of the facts
would be drawn again at every further one, and nobody would ever catch up.
"""

import asyncio
from contextlib import suppress

from prometheus_client import Gauge

FAR_BEHIND = 100
"""Events that wait: fewer are handled in the blink of an eye."""
behind = Gauge("homeward_events_behind", "Events that waited for the service when it took its newest one", ["service"])


class Backlog:
    """What each event says when it is taken: how many more wait for this service."""

    def __init__(self, service: str) -> None:
        self._behind = behind.labels(service)
        self._near = asyncio.Event()
        self._near.set()

    def note(self, waiting: int) -> None:
        self._behind.set(waiting)
        if waiting > FAR_BEHIND:
            self._near.clear()
        else:
            self._near.set()

    async def worked_off(self, seconds: float) -> bool:
        """Returns as soon as the service is not far behind; after so many seconds, that it still is."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._near.wait(), seconds)
        return self._near.is_set()
