"""How a service is connected to NATS: it tries again until it is let in."""

from time import monotonic
from typing import Any

import structlog
from faststream.nats import NatsBroker
from nats.aio.client import Client
from nats.errors import Error
from nats.protocol.parser import PERMISSIONS_ERR

from shared.settings import Settings

log = structlog.get_logger()


def options(settings: Settings) -> dict[str, Any]:
    """What every connection of the service says and bears."""
    return {
        "inbox_prefix": f"_INBOX.{settings.service}",
        "name": settings.service,
        "max_reconnect_attempts": -1,
        "reconnect_time_wait": 1,
        "error_cb": tell_trouble,
    }


async def tell_trouble(error: Exception) -> None:
    log.warning("nats.trouble", why=f"{type(error).__name__}: {error}")


class Connection(Client):
    """Connects again also when the server ends the connection with an error, such as a login that it refuses.

    nats-py would close itself for good, and FastStream then asks a closed subscription for the next event on and on,
    without ever leaving the event loop to anybody else. A right that is missing ends no connection.
    """

    async def _process_err(self, err_msg: str) -> None:
        if PERMISSIONS_ERR in err_msg:
            await super()._process_err(err_msg)
        else:
            error = Error(f"nats: {err_msg}")
            await tell_trouble(error)
            if self._current_server:
                self._current_server.last_attempt = monotonic()  # the next try is not at once
            await self._process_op_err(error)


class Broker(NatsBroker):
    """FastStream on such a connection.

    Its own handler of errors raises those that it takes for hopeless; that would end the task that connects again.
    """

    async def _connect(self) -> Client:
        connection = Connection()
        await connection.connect(**{**self._connection_kwargs, "error_cb": tell_trouble})
        self.config.connect(connection)
        return connection
