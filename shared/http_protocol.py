"""HTTP/1.1 with a bound on what a connection may take: uvicorn knows neither a time nor a size for a request's head."""

import asyncio
import json

from starlette import status
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

CONNECTIONS = 500
"""At once, for a process: well below the 1,024 open files that many systems allow it."""
HEAD_BYTES = 32_000
"""Tokens of large identity providers take about 10 kB."""
PIECE = 4_096
"""Bytes that are parsed at once: a head is refused at most so many bytes late."""
HEAD_SECONDS = 10
WRITE_SECONDS = 30
"""How long a client may leave an answer unread."""
LINGER_SECONDS = 2
"""How long an answer may take to reach somebody who still sends the body that was not read. Closed at once, the
connection would be reset and the answer lost."""


class BoundedHttp(HttpToolsProtocol):
    """A connection that ends when its client keeps it waiting, or when another one needs its place."""

    _deadline: asyncio.TimerHandle | None = None
    _in_head = False
    _head_bytes = 0
    _lingers = False
    _waits_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._waits_since = self.loop.time()
        self._end_within(HEAD_SECONDS)
        if len(self.connections) > CONNECTIONS:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        if self._is_idle and self._deadline is None:  # the first bytes on a connection that was kept alive
            self._end_within(HEAD_SECONDS)
        for start in range(0, len(data), PIECE):
            if self._lingers or self.transport.is_closing():
                return
            super().data_received(data[start : start + PIECE])
            self._head_bytes += PIECE if self._in_head else 0
            if self._head_bytes > HEAD_BYTES:
                self._refuse_head()

    def on_message_begin(self) -> None:
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head, self._head_bytes = False, 0
        self._no_deadline()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._waits_since = self.loop.time()
        if self.cycle.more_body and not self.transport.is_closing():
            self._linger()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._end_within(WRITE_SECONDS)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._no_deadline()
        if self._is_idle and not self.timeout_keep_alive_task:
            self._end_within(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._no_deadline()
        self._unset_keepalive_if_required()

    def timeout_keep_alive_handler(self) -> None:
        self._end()

    @property
    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    @property
    def _waits_for_its_client(self) -> bool:
        return self._is_idle or self.cycle.more_body or self.flow.write_paused

    def _make_room(self) -> None:
        """End the connection that has waited longest for its client, so that the next one finds a place."""
        waiting = [one for one in self.connections if isinstance(one, BoundedHttp) and one._waits_for_its_client]
        min(waiting, key=lambda one: one._waits_since)._end()

    def _refuse_head(self) -> None:
        code, detail = status.HTTP_431_REQUEST_HEADER_FIELDS_TOO_LARGE, f"at most {HEAD_BYTES} bytes of headers"
        body = json.dumps({"type": "about:blank", "title": "Refused", "status": code, "detail": detail}).encode()
        head = f"HTTP/1.1 {code} Request Header Fields Too Large\r\ncontent-type: application/problem+json\r\n"
        self.transport.write(f"{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
        self._linger()

    def _linger(self) -> None:
        self._lingers = True
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._unset_keepalive_if_required()
        self._end_within(LINGER_SECONDS)

    def _end_within(self, seconds: float) -> None:
        self._no_deadline()
        self._deadline = self.loop.call_later(seconds, self._end)

    def _no_deadline(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    def _end(self) -> None:
        self.connections.discard(self)
        self.transport.abort()
