"""A document whose commands are typed as a reader would: each `sh` block, compared with the `text` block after it."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from embedded.process import die_with_parent

BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DIFFERS = {
    "<id>": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "<time>Z": re.compile(r"\d\d:\d\d(:\d\d(\.\d+)?)?Z"),
}
"""Other each time: ids, and the minutes that pass while somebody types."""
ANYTHING = "…"
DONE = "-- done"
WITHIN = 300
"""Seconds for one block of commands; the longest has fifteen, each of which starts a Python of its own."""


@dataclass(frozen=True)
class Step:
    """What is typed, and what is said to come of it; None where the document shows nothing."""

    typed: str
    shown: str | None


def steps(document: str) -> Iterator[Step]:
    """Yield each block of commands with the output that stands after it."""
    blocks = [*BLOCK.findall(document), ("sh", "")]
    for (kind, text), (next_kind, next_text) in pairwise(blocks):
        if kind == "sh":
            yield Step(text, next_text if next_kind == "text" else None)


def agrees(shown: str, printed: str) -> bool:
    """Whether this was printed, apart from ids, times and what the document leaves out with `…`."""
    parts = (re.escape(_masked(part)) for part in shown.strip().split(ANYTHING))
    return re.fullmatch(".*?".join(parts), _masked(printed.strip()), re.DOTALL) is not None


def _masked(text: str) -> str:
    for name, differs in DIFFERS.items():
        text = differs.sub(name, text)
    return "\n".join(line.rstrip() for line in text.splitlines())


class Shell:
    """A terminal of the reader."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, environment: Mapping[str, str]) -> AsyncIterator["Shell"]:
        process = await asyncio.create_subprocess_exec(
            "bash",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=folder,
            env=os.environ | environment,
            preexec_fn=die_with_parent(signal.SIGTERM),
            start_new_session=True,
        )
        try:
            yield cls(process)
        finally:
            os.killpg(process.pid, signal.SIGINT)
            assert process.stdin
            process.stdin.close()
            await process.communicate()

    async def type(self, text: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(text.encode())
        await self._process.stdin.drain()

    async def printed_until(self, line: str) -> str:
        """Return what is printed before a line that begins so; raises AssertionError when the terminal closes first."""
        assert self._process.stdout
        printed = ""
        async with asyncio.timeout(WITHIN):
            async for read in self._process.stdout:
                text = read.decode()
                if text.strip().startswith(line):
                    return printed
                printed += text
        raise AssertionError(f"the terminal was closed before {line!r}: {printed}")

    async def run(self, commands: str) -> str:
        """Type the commands, and return what they print."""
        await self.type(f"{commands}\necho; echo '{DONE}'\n")
        return await self.printed_until(DONE)
