"""The mail server."""

import re
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import aiosmtplib
import structlog
from aiosmtplib.typing import Default
from prometheus_client import Counter

from services.notifications.clients.email import on_the_wire
from services.notifications.domain.sending import Outcome

COMMAND_SECONDS = 5.0
"""For the connection and for the answer to each command: nothing is handed over yet, so trying again costs nothing."""
TAKEN_SECONDS = 600.0
"""For the answer to the final dot, while the server checks the mail. RFC 5321, 4.5.3.2.6: ten minutes, since a client
that gives up earlier sends the mail twice. An activity's timeout must be longer (shared/watch.py)."""
START_MAIL_INPUT, COMPLETED = 354, 250
log = structlog.get_logger()
mails = Counter("homeward_mails_total", "Mails handed to the mail server, by what became of them", ["outcome"])


class _Connection(aiosmtplib.SMTP):
    """A connection that knows whether the server may have the mail: from the final dot on, until it answers."""

    in_doubt = False

    def __init__(self, *args: Any, taken_seconds: float, **named: Any) -> None:
        super().__init__(*args, **named)
        self._taken_seconds = taken_seconds

    async def data(
        self, message: str | bytes, /, *, timeout: float | Default | None = Default.token
    ) -> aiosmtplib.SMTPResponse:
        """Hand the content over. aiosmtplib's own gives both answers, to DATA and to the dot, the same timeout."""
        assert isinstance(message, bytes)
        start = await self.execute_command(b"DATA", timeout=timeout)
        if start.code != START_MAIL_INPUT:
            raise aiosmtplib.SMTPDataError(start.code, start.message)
        assert self.protocol is not None
        self.protocol.write(re.sub(rb"(?m)^\.", b"..", message) + b".\r\n")
        self.in_doubt = True
        taken = await self.protocol.read_response(timeout=self._taken_seconds)
        self.in_doubt = False
        if taken.code != COMPLETED:
            raise aiosmtplib.SMTPDataError(taken.code, taken.message)
        return taken


@dataclass(frozen=True)
class Mailer:
    """Hands mails to an SMTP server, one connection each, and says how certain the outcome is."""

    host: str
    port: int
    command_seconds: float = COMMAND_SECONDS
    taken_seconds: float = TAKEN_SECONDS

    async def send(self, mail: EmailMessage) -> Outcome:
        """Send one mail; never raises for what a mail server may do."""
        server = _Connection(
            hostname=self.host, port=self.port, timeout=self.command_seconds, taken_seconds=self.taken_seconds
        )
        try:
            outcome = await self._hand_over(server, mail)
        finally:
            server.close()
        mails.labels(outcome.value).inc()
        return outcome

    async def _hand_over(self, server: _Connection, mail: EmailMessage) -> Outcome:
        sender, to = (mail[name].addresses[0].addr_spec for name in ("From", "To"))
        utf8 = not f"{sender}{to}".isascii()
        try:
            await server.connect()
            await server.sendmail(
                sender, to, on_the_wire(mail, utf8=utf8), mail_options=["SMTPUTF8", "BODY=8BITMIME"] if utf8 else None
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _answered([refused.code for refused in error.recipients])
        except aiosmtplib.SMTPDataError as error:
            return _answered([error.code])
        except ValueError:
            return Outcome.REFUSED
        except (aiosmtplib.SMTPException, OSError) as error:
            outcome = Outcome.DOUBT if server.in_doubt else Outcome.UNREACHABLE
            log.warning("mail.not_confirmed", outcome=outcome.value, why=type(error).__name__)
            return outcome
        # The mail is with the server: how the connection ends changes nothing.
        with suppress(aiosmtplib.SMTPException, OSError):
            await server.quit()
        return Outcome.ACCEPTED


def _answered(codes: list[int]) -> Outcome:
    """Return what a server's plain no means: for good from 500 on, else for now."""
    return Outcome.REFUSED if min(codes) >= 500 else Outcome.UNREACHABLE
