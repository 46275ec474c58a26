"""Protocol files that differ from a good one in a single place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.document import Fault, FaultyFile
from shared.protocol.load import load_protocol

ROOT = Path(__file__).parents[3]
BRISK = ROOT / "rehearsal" / "compressed_time" / "protocols" / "brisk.yaml"
WEEKLY6 = ROOT / "protocols" / "weekly6.yaml"
HOUSE = [*sorted((ROOT / "protocols").glob("*.yaml")), BRISK]

Faults = Callable[..., tuple[Fault, ...]]


@pytest.fixture
def faults(tmp_path: Path) -> Faults:
    """What is wrong with the brisk protocol once `old` reads `new` (the first time it occurs)."""

    def broken(*changes: tuple[str, str], good: Path = BRISK) -> tuple[Fault, ...]:
        text = good.read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        return faults_of(tmp_path, text.encode())

    return broken


def faults_of(directory: Path, content: bytes) -> tuple[Fault, ...]:
    file = directory / "changed.yaml"
    file.write_bytes(content)
    with pytest.raises(FaultyFile) as wrong:
        load_protocol(file)
    assert all(error.file == str(file) for error in wrong.value.faults)
    return wrong.value.faults


@pytest.fixture
def faults_in(tmp_path: Path) -> Callable[[bytes], tuple[Fault, ...]]:
    """What is wrong with a file of this content."""
    return lambda content: faults_of(tmp_path, content)


def line_of(text: str, good: Path = BRISK) -> int:
    """The line of a good protocol on which this text first stands."""
    content = good.read_text()
    return content[: content.index(text)].count("\n") + 1
