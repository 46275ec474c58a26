"""A folder of protocols: what is faulty is named and treats nobody, and the rest goes on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.document import FaultyFile
from shared.protocol.library import ProtocolGone, ProtocolLibrary
from shared.protocol.model import Protocol
from tests.unit.protocol.conftest import BRISK, WEEKLY6

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A file with the brisk protocol, in which each `old` reads `new`."""

    def write(name: str, *changes: tuple[str, str]) -> Path:
        text = BRISK.read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / name).write_text(text)
        return tmp_path

    return write


def refused(look: Callable[[], Protocol | None]) -> ProtocolGone:
    with pytest.raises(ProtocolGone) as gone:
        look()
    return gone.value


FAULT = ("maximum: 8", "maximum: eight")


def test_a_faulty_file_is_named_with_its_line_and_the_others_go_on(write: Write) -> None:
    folder = write("brisk.yaml", FAULT)
    (folder / "weekly6.yaml").write_text(WEEKLY6.read_text())
    library = ProtocolLibrary(folder)
    assert library.latest("weekly6").version == "1.0.0"
    [fault] = library.faults
    line = BRISK.read_text().split(FAULT[0])[0].count("\n") + 1
    assert str(fault).startswith(f"{folder / 'brisk.yaml'}:{line}: cohort.size.value.maximum: expected")


@pytest.mark.parametrize("fault", [FAULT, ("\nscreening:", "\nscreening: [")], ids=["a wrong value", "no YAML"])
def test_who_follows_a_faulty_file_is_refused_by_name(write: Write, fault: tuple[str, str]) -> None:
    pinned = ProtocolLibrary(write("brisk.yaml")).latest("brisk")
    folder = write("brisk.yaml", fault)
    (folder / "weekly6.yaml").write_text(WEEKLY6.read_text())
    library = ProtocolLibrary(folder)
    looks: list[Callable[[], Protocol | None]] = [
        lambda: library.pinned("brisk", "1.0.0", pinned.content_hash),
        lambda: library.published("brisk", "1.0.0"),
        lambda: library.latest("brisk"),
        lambda: library.only("brisk"),
    ]
    for look in looks:
        assert refused(look).rule == "protocol_faulty"
    assert "brisk.yaml:" in refused(looks[0]).detail


def test_a_faulty_new_version_does_not_stop_who_follows_the_old_one(write: Write) -> None:
    write("brisk.yaml")
    library = ProtocolLibrary(write("next.yaml", ('"1.0.0"', '"1.1.0"'), FAULT))
    old = library.published("brisk", "1.0.0")
    assert library.pinned("brisk", "1.0.0", old.content_hash) is old


def test_which_version_is_the_only_one_cannot_be_told_beside_a_faulty_file(write: Write) -> None:
    write("brisk.yaml")
    library = ProtocolLibrary(write("next.yaml", ('"1.0.0"', '"1.1.0"'), FAULT))
    assert refused(lambda: library.only("brisk")).rule == "protocol_faulty"


def test_two_files_with_one_version_are_chosen_by_nobody_and_both_go_on(write: Write) -> None:
    first = ProtocolLibrary(write("a.yaml")).latest("brisk")
    folder = write("b.yaml", ("maximum: 8", "maximum: 7"))
    library = ProtocolLibrary(folder)
    assert [str(f) for f in library.faults] == [
        f"{folder / 'b.yaml'}:1: version: brisk 1.0.0 is already in a.yaml: change the version"
    ]
    assert refused(lambda: library.published("brisk", "1.0.0")).rule == "protocol_faulty"
    assert library.pinned("brisk", "1.0.0", first.content_hash).cohort.size.value.maximum == 8


def test_a_folder_without_a_sound_protocol_is_refused_with_every_fault(tmp_path: Path) -> None:
    with pytest.raises(FaultyFile, match="holds no protocol"):
        ProtocolLibrary(tmp_path)
    (tmp_path / "a.yaml").write_text("")
    (tmp_path / "b.yaml").write_text("- b\n")
    with pytest.raises(FaultyFile) as wrong:
        ProtocolLibrary(tmp_path)
    assert len(wrong.value.faults) == 2
