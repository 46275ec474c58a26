"""Who a server runs as. PostgreSQL refuses to run as root, so root lends it an account without rights."""

import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil

MEMORY = Path("/dev/shm")
MUCH = 4 * 1024**3


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int

    def can_reach(self, path: Path) -> bool:
        """Whether every folder down to `path` lets this account pass."""
        resolved = path.resolve()
        return all(self._may_pass(folder) for folder in (resolved, *resolved.parents))

    def _may_pass(self, folder: Path) -> bool:
        status = folder.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


def unprivileged() -> Account | None:
    """The account to drop to, or None when the caller is an ordinary user already."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def fresh_folder(prefix: str = "homeward-", *, inside: Path | None = None) -> Path:
    """A new temporary folder of ours that lets the servers' account pass through, but not look around."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=inside))
    folder.chmod(0o711)
    return folder


def passing_folder(prefix: str = "homeward-") -> Path:
    """A fresh folder for what lives for minutes: in memory where there is plenty of it, else on the disk."""
    is_roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= MUCH
    in_memory = is_roomy and psutil.virtual_memory().available >= 2 * MUCH and "TMPDIR" not in os.environ
    return fresh_folder(prefix, inside=MEMORY if in_memory else None)


def owned_folder(wanted: Path, account: Account | None) -> Path:
    """`wanted` as a private folder of the account; where the account cannot reach it, a link to one that it can.

    Permissions of the folders above `wanted` are the user's and stay as they are.
    """
    if wanted.is_symlink() and not wanted.exists():
        wanted.unlink()
    if wanted.exists():
        return wanted.resolve()
    wanted.parent.mkdir(parents=True, exist_ok=True)
    if account is None or account.can_reach(wanted.parent):
        wanted.mkdir(mode=0o700)
        home = wanted
    else:
        shelter = Path("/var/lib/homeward")
        shelter.mkdir(mode=0o711, parents=True, exist_ok=True)
        home = Path(tempfile.mkdtemp(prefix=f"{wanted.name}-", dir=shelter))
        wanted.symlink_to(home)
    if account is not None:
        os.chown(home, account.uid, account.gid)
    return home.resolve()


def remove(folder: Path) -> None:
    """Removes a folder made by `owned_folder`, wherever it really is."""
    if folder.is_symlink():
        shutil.rmtree(folder.resolve(), ignore_errors=True)
        folder.unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)
