"""Small disks for PostgreSQL and for NATS, which can be filled until the kernel has no space left.

Each is a file system in memory, mounted for this process and its children alone: once they have ended, however they
did, it is gone, and nobody else ever saw it.
"""

import asyncio
import ctypes
import errno
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from embedded.account import unprivileged

MEGABYTES = {"postgres": 512, "nats": 256}
"""What a long experiment needs, twice. Only what is used takes memory."""
FOLDERS = {"postgres": Path("postgres", "database"), "nats": Path("nats", "jetstream")}
MEGABYTE, PAGE = 1024 * 1024, 4096
FILLED_AGAIN_EVERY = 0.1
CLONE_NEWNS, MS_NOSUID_NODEV, MS_REC_PRIVATE, MNT_DETACH = 0x20000, 2 | 4, 0x4000 | 0x40000, 2
BALLAST = "ballast"


class NoDisk(Exception):
    """This machine gives us no small disk; the text says why."""


@dataclass(frozen=True)
class Disk:
    """`folder` is open on the mounted file system: nothing that we do through it can reach another one."""

    folder: int
    megabytes: int

    @asynccontextmanager
    async def full(self) -> AsyncIterator[None]:
        """No space is left; what somebody frees is taken again. Afterwards there is room as before."""
        ballast = os.open(BALLAST, os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=self.folder)
        self._fill(ballast)
        keeping = asyncio.create_task(self._keep_full(ballast))
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            os.close(ballast)
            os.unlink(BALLAST, dir_fd=self.folder)

    async def _keep_full(self, ballast: int) -> None:
        while True:
            await asyncio.sleep(FILLED_AGAIN_EVERY)
            self._fill(ballast)

    def _fill(self, ballast: int) -> None:
        for size in (MEGABYTE, PAGE):
            with _until_no_space_is_left():
                while (end := os.fstat(ballast).st_size) < self.megabytes * MEGABYTE:
                    os.posix_fallocate(ballast, end, size)


@contextmanager
def _until_no_space_is_left() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


@contextmanager
def mounted(data: Path) -> Iterator[Mapping[str, Disk]]:
    """A disk under each of the folders that these servers will fill, before they are started; raises NoDisk."""
    _keep_mounts_to_ourselves()
    account = unprivileged()
    if account and not account.can_reach(data.parent):
        raise NoDisk(f"PostgreSQL's account cannot reach {data.parent}")
    owners = {"postgres": f",uid={account.uid},gid={account.gid}" if account else "", "nats": ""}
    with ExitStack() as opened:
        disks = {}
        for name, megabytes in MEGABYTES.items():
            folder = data / FOLDERS[name]
            folder.mkdir(parents=True)
            _mount(folder, f"size={megabytes}m,mode=0700{owners[name]}")
            opened.callback(_libc().umount2, bytes(folder), MNT_DETACH)
            disks[name] = Disk(os.open(folder, os.O_RDONLY | os.O_DIRECTORY), megabytes)
            opened.callback(os.close, disks[name].folder)
        yield disks


@cache
def _keep_mounts_to_ourselves() -> None:
    """From here on what this process mounts is seen by nobody but itself and its children."""
    if sys.platform != "linux" or os.geteuid() != 0:
        raise NoDisk("only root may mount a small disk, on Linux")
    _call("unshare", _libc().unshare(CLONE_NEWNS))
    _call("make mounts private", _libc().mount(None, b"/", None, MS_REC_PRIVATE, None))


def _mount(folder: Path, options: str) -> None:
    done = _libc().mount(b"homeward-chaos", bytes(folder), b"tmpfs", MS_NOSUID_NODEV, options.encode())
    _call(f"mount a disk at {folder}", done)


def _call(what: str, result: int) -> None:
    if result != 0:
        raise NoDisk(f"this machine does not let us {what}: {os.strerror(ctypes.get_errno())}")


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
