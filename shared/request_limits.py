"""What a caller may send, and in what time: said before it is read."""

import asyncio

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_BYTES = 256_000
"""The largest command that anybody sends has a few kB."""
BODY_SECONDS = 10


class BodyRefused(HTTPException):
    """A body is too large or too slow. FastAPI lets HTTP exceptions through while it reads a body, and no others."""

    def __init__(self, status: int, rule: str, detail: str) -> None:
        super().__init__(status, detail)
        self.rule = rule


class RequestLimits:
    """Let the application receive no body of more than `BODY_BYTES`, and none for longer than `BODY_SECONDS`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, _limited(scope, receive) if scope["type"] == "http" else receive, send)


def _limited(scope: Scope, receive: Receive) -> Receive:
    said = Headers(scope=scope).get("content-length", "")
    announced = int(said) if said.isdecimal() and len(said) < 20 else 0
    received = 0
    until = asyncio.get_running_loop().time() + BODY_SECONDS
    whole = False

    async def limited() -> Message:
        """Receive the next part. Raises BodyRefused: 408 `body_too_slow` or 413 `body_too_large`."""
        nonlocal received, whole
        if whole:  # what comes now is that the caller went away, whenever that is
            return await receive()
        if announced > BODY_BYTES:
            raise _too_large()
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError:
            detail = f"the whole body must be here within {BODY_SECONDS} seconds: send it again"
            raise BodyRefused(408, "body_too_slow", detail) from None
        received += len(message.get("body", b""))
        if received > BODY_BYTES:
            raise _too_large()
        whole = not message.get("more_body", False)
        return message

    return limited


def _too_large() -> BodyRefused:
    return BodyRefused(413, "body_too_large", f"a body may have {BODY_BYTES // 1000} kB at most: send less at a time")
