"""An SMTP server on loopback that keeps every message as an `.eml` file and delivers nothing."""

import asyncio
import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from embedded import ports


class MailSink:
    """Runs in the caller's event loop. `on_message` hears of each message when its file is complete."""

    host = ports.LOOPBACK

    def __init__(self, folder: Path, port: int = 0, *, on_message: Callable[[Path], None] | None = None) -> None:
        self.folder = folder.absolute()
        self.port = port
        self._on_message = on_message
        self._kept = 0
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    async def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._kept = max((int(file.name[:6]) for file in self.files()), default=0)
        self.port = ports.claim(self.port, "the mail sink")
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, self.host, self.port)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def files(self) -> list[Path]:
        """The messages in the order of their arrival."""
        return sorted(self.folder.glob("*.eml"))

    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in self.files()]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        file = self._next_file(envelope)
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        partial = file.with_suffix(".partial")
        partial.write_bytes(content)
        partial.rename(file)
        if self._on_message:
            self._on_message(file)
        return "250 kept"

    def _protocol(self) -> SMTP:
        return SMTP(self, hostname="localhost", enable_SMTPUTF8=True)

    def _next_file(self, envelope: Envelope) -> Path:
        self._kept += 1
        recipient = re.sub(r"[^\w.@+-]", "_", (envelope.rcpt_tos or ["nobody"])[0])
        return self.folder / f"{self._kept:06}-{recipient}.eml"
