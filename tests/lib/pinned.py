"""The pins of the protocols that lie here, and a protocol that somebody edits under its version."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.events import ProtocolPin
from shared.migrations import ROOT
from shared.protocol.library import ProtocolLibrary
from shared.protocol.load import load_protocol
from shared.protocol.model import Protocol
from tests.lib.component import Component


@cache
def library() -> ProtocolLibrary:
    return ProtocolLibrary(ROOT / "protocols")


def pin(id: str) -> ProtocolPin:
    """The newest version of a protocol, by its content."""
    protocol = library().latest(id)
    return ProtocolPin(id=protocol.id, version=protocol.version, hash=protocol.content_hash)


@asynccontextmanager
async def read_beside(service: Component, pinned: ProtocolPin, before: str, after: str) -> AsyncIterator[ProtocolPin]:
    """The pin of a protocol that says something else; as long as this lasts the service has read it, too."""
    async with read_too(service, _changed(pinned, before, after)) as changed:
        yield changed


@asynccontextmanager
async def read_too(service: Component, protocol: Protocol) -> AsyncIterator[ProtocolPin]:
    """The pin of a protocol that lies in no folder; as long as this lasts the service has read it, too."""
    async with service.run.open_work(["bc"]) as work:
        contents = work.protocols._contents  # shares what the service read when it started with every unit of work
    contents[protocol.content_hash] = protocol
    try:
        yield ProtocolPin(id=protocol.id, version=protocol.version, hash=protocol.content_hash)
    finally:
        del contents[protocol.content_hash]


def _changed(pinned: ProtocolPin, before: str, after: str) -> Protocol:
    text = (ROOT / "protocols" / f"{pinned.id}.yaml").read_text()
    assert text.count(before) == 1, f"{before!r} stands {text.count(before)} times in {pinned.id}"
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"{pinned.id}.yaml"
        file.write_text(text.replace(before, after))
        return load_protocol(file)


@asynccontextmanager
async def edited(service: Component, pinned: ProtocolPin, before: str, after: str) -> AsyncIterator[None]:
    """As long as this lasts the service has read a file in which somebody changed a value, and not the version."""
    changed = _changed(pinned, before, after)
    async with service.run.open_work(["bc"]) as work:
        library = work.protocols  # shares what the service read when it started with every unit of work
    kept, contents = library._protocols, library._contents
    original, kept[pinned.id, pinned.version] = kept[pinned.id, pinned.version], changed
    del contents[original.content_hash]
    contents[changed.content_hash] = changed
    try:
        yield
    finally:
        del contents[changed.content_hash]
        kept[pinned.id, pinned.version] = contents[original.content_hash] = original


@asynccontextmanager
async def taken_away(service: Component, content_hash: str) -> AsyncIterator[None]:
    """As long as this lasts the service has not read the file with this content."""
    async with service.run.open_work(["bc"]) as work:
        contents = work.protocols._contents  # shares what the service read when it started with every unit of work
    protocol = contents.pop(content_hash)
    try:
        yield
    finally:
        contents[content_hash] = protocol
