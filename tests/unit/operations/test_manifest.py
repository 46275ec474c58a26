"""A backup says what it is, and is refused when it is not that."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from embedded.endpoints import UNFINISHED
from embedded.errors import EmbeddedError
from operations.backup.manifest import (
    MANIFEST,
    Copied,
    CopiedStream,
    Manifest,
    Snapshot,
    differences,
    missing_protocols,
)
from operations.backup.restoring import require_empty
from operations.backup.taking import prepare

AT = datetime(2030, 1, 7, 17, tzinfo=UTC)
HELD = Snapshot(
    tables={"intake.referral": 3, "scheduler.program": 3},
    revisions={"intake": "0001"},
    people={"active": 3},
    protocols={"weekly6@1.0.0": "abc"},
)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    (tmp_path / "database.dump").write_bytes(b"everything")
    (tmp_path / "PROGRAM.jsonl.gz").write_bytes(b"events")
    Manifest(
        recovery_point=AT,
        seconds=1.5,
        homeward="0.1.0",
        postgres="18",
        nats="2.15",
        database=Copied.of(tmp_path / "database.dump"),
        snapshot=HELD,
        streams={"PROGRAM": CopiedStream(file=Copied.of(tmp_path / "PROGRAM.jsonl.gz"), messages=1, first=1, last=1)},
    ).save(tmp_path)
    return tmp_path


def test_a_backup_that_is_what_it_says_is_taken(backup: Path):
    assert Manifest.load(backup).snapshot == HELD
    assert Manifest.load(backup).age(AT + timedelta(minutes=2)) == 120


def test_a_byte_that_changed_is_found(backup: Path):
    (backup / "database.dump").write_bytes(b"everythinG")
    with pytest.raises(EmbeddedError, match=r"database\.dump is not what was written"):
        Manifest.load(backup)


def test_a_file_that_is_missing_is_named(backup: Path):
    (backup / "PROGRAM.jsonl.gz").unlink()
    with pytest.raises(EmbeddedError, match=r"PROGRAM\.jsonl\.gz is missing"):
        Manifest.load(backup)


def test_a_backup_that_was_not_finished_is_none(backup: Path):
    (backup / MANIFEST).unlink()
    with pytest.raises(EmbeddedError, match="no finished backup"):
        Manifest.load(backup)


def test_a_manifest_of_another_format_is_refused(backup: Path):
    (backup / MANIFEST).write_text((backup / MANIFEST).read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(EmbeddedError, match="not a manifest"):
        Manifest.load(backup)


def test_what_came_back_otherwise_is_said_row_by_row():
    restored = HELD.model_copy(update={"tables": {"intake.referral": 2}, "people": {"active": 2, "waiting": 1}})
    assert differences(HELD, HELD) == []
    assert differences(HELD, restored) == [
        "rows of intake.referral: 3 were copied, 2 are there",
        "rows of scheduler.program: 3 were copied, None are there",
        "people who are active: 3 were copied, 2 are there",
        "people who are waiting: None were copied, 1 are there",
    ]


def test_a_protocol_with_another_content_is_missing():
    assert missing_protocols(HELD, {"weekly6@1.0.0": "abc", "rtt3@1.0.0": "x"}) == []
    assert missing_protocols(HELD, {"weekly6@1.0.0": "abd"}) == ["weekly6@1.0.0"]


def test_a_restore_wants_a_folder_that_holds_nothing(tmp_path: Path):
    data = tmp_path / "new"
    require_empty(data)
    (data / "up.lock").touch()
    require_empty(data)
    (data / "postgres").mkdir()
    with pytest.raises(EmbeddedError, match=r"is not empty \(postgres\)"):
        require_empty(data)


def test_a_restore_that_was_not_finished_is_not_gone_on_with(tmp_path: Path):
    (tmp_path / UNFINISHED).touch()
    with pytest.raises(EmbeddedError, match="was not finished"):
        require_empty(tmp_path)


def test_a_backup_wants_a_new_folder_for_nobody_elses_eyes(tmp_path: Path):
    prepare(tmp_path / "new")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    (tmp_path / "new" / "old.dump").touch()
    with pytest.raises(EmbeddedError, match="not empty"):
        prepare(tmp_path / "new")
