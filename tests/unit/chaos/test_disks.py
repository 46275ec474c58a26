"""A small disk is full when the kernel says so, and has room again afterwards."""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos import disks
from chaos.disks import FOLDERS, Disk, NoDisk
from embedded.account import fresh_folder, remove


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the servers' account may pass."""
    folder = fresh_folder("homeward-test-")
    yield folder
    remove(folder)


@pytest.fixture
def disk(folder: Path) -> Iterator[Disk]:
    try:
        with disks.mounted(folder / "data") as mounted:
            yield mounted["nats"]
    except NoDisk as why:
        pytest.skip(str(why))


async def test_a_full_disk_has_no_space_left_until_there_is_room_again(folder: Path, disk: Disk) -> None:
    file = folder / "data" / FOLDERS["nats"] / "file"
    file.write_bytes(b"there is room")
    async with disk.full():
        with pytest.raises(OSError, match="No space left") as full:
            file.write_bytes(bytes(5000))
        assert full.value.errno == errno.ENOSPC
    file.write_bytes(bytes(5000))


def test_a_disk_is_gone_when_nobody_needs_it(folder: Path) -> None:
    try:
        with disks.mounted(folder / "data"):
            file = folder / "data" / FOLDERS["nats"] / "file"
            file.touch()
    except NoDisk as why:
        pytest.skip(str(why))
    assert not file.exists()
