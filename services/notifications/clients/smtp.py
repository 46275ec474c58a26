"""The mail server."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage

import aiosmtplib
import structlog
from prometheus_client import Counter

from services.notifications.domain.sending import Outcome

SECONDS = 5.0
"""For one command; the whole must stay below the activity's timeout."""
IN_ALL = 15.0
log = structlog.get_logger()
mails = Counter("homeward_mails_total", "Mails handed to the mail server, by what became of them", ["outcome"])


@dataclass(frozen=True)
class Mailer:
    """Hands mails to an SMTP server, one connection each, and says how certain the outcome is."""

    host: str
    port: int

    async def send(self, mail: EmailMessage) -> Outcome:
        """Send one mail; never raises for what a mail server may do."""
        outcome = await self._try(mail)
        mails.labels(outcome.value).inc()
        return outcome

    async def _try(self, mail: EmailMessage) -> Outcome:
        server = aiosmtplib.SMTP(hostname=self.host, port=self.port, timeout=SECONDS)
        try:
            async with asyncio.timeout(IN_ALL):
                return await self._hand_over(server, mail)
        except TimeoutError:
            return Outcome.DOUBT
        finally:
            server.close()

    async def _hand_over(self, server: aiosmtplib.SMTP, mail: EmailMessage) -> Outcome:
        try:
            await server.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            log.warning("mail.server_unreachable", why=type(error).__name__)
            return Outcome.UNREACHABLE
        try:
            await server.send_message(mail)
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _answered([refused.code for refused in error.recipients])
        except aiosmtplib.SMTPDataError as error:
            return _answered([error.code])
        except aiosmtplib.SMTPResponseException:
            return Outcome.UNREACHABLE
        except ValueError:
            return Outcome.REFUSED
        except (aiosmtplib.SMTPException, OSError) as error:
            log.warning("mail.in_doubt", why=type(error).__name__)
            return Outcome.DOUBT
        # The mail is with the server: how the connection ends changes nothing.
        with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
            await server.quit()
        return Outcome.ACCEPTED


def _answered(codes: list[int]) -> Outcome:
    """The server's plain no: for good from 500 on, else for now."""
    return Outcome.REFUSED if min(codes) >= 500 else Outcome.UNREACHABLE
