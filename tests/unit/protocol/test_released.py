"""What was released keeps its hash, and its hash keeps its meaning."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.protocol import app
from cli.protocol.released import (
    RELEASED,
    RELEASED_SPANS,
    changed_defaults,
    defaults,
    kept_defaults,
    released,
    released_spans,
)
from shared.protocol.base import added
from shared.protocol.load import load_protocol
from shared.protocol.model import Protocol
from tests.unit.protocol.conftest import HOUSE, WEEKLY6


class Later(Protocol):
    """The model of a later build, in which protocols may say more."""

    arms: tuple[str, ...] = added(default=(), description="the arms")


@pytest.mark.parametrize("file", HOUSE, ids=lambda file: file.stem)
def test_a_field_that_came_later_changes_no_hash_of_a_file_that_does_not_say_it(file: Path) -> None:
    protocol = load_protocol(file)
    data = protocol.model_dump(mode="json", by_alias=True)
    assert Later.model_validate(data).content_hash == protocol.content_hash
    assert Later.model_validate(data | {"arms": ["ketamine"]}).content_hash != protocol.content_hash


def test_a_default_that_is_written_out_is_the_same_content(tmp_path: Path) -> None:
    file = tmp_path / "weekly6.yaml"
    file.write_text(WEEKLY6.read_text().replace("\nauthors:", "\ncompressed: false\nauthors:"))
    assert load_protocol(file).content_hash == load_protocol(WEEKLY6).content_hash


def test_no_default_has_changed_since_files_were_released() -> None:
    assert changed_defaults(kept_defaults(), defaults()) == []


def test_a_default_that_changes_or_goes_is_named() -> None:
    now = defaults()
    now.hashed["Cohort.starts_on_monday"] = False
    del now.hashed["Measure.only_if"]
    assert [sentence.partition(":")[0] for sentence in changed_defaults(kept_defaults(), now)] == [
        "Cohort.starts_on_monday",
        "Measure.only_if",
    ]


def test_a_new_optional_field_that_would_change_every_hash_is_named() -> None:
    now = defaults()
    now.hashed["Protocol.arms"] = []
    [sentence] = changed_defaults(kept_defaults(), now)
    assert sentence.startswith("Protocol.arms: is optional and new: declare it with `added(…)`")


def test_a_file_that_was_changed_under_its_released_version_is_named(tmp_path: Path) -> None:
    file = tmp_path / "weekly6.yaml"
    file.write_text(WEEKLY6.read_text())
    (tmp_path / RELEASED).write_text(released(tmp_path))
    assert CliRunner().invoke(app, ["check", str(file)]).exit_code == 0
    file.write_text(file.read_text().replace("stop_bang, at_least: 5", "stop_bang, at_least: 4"))
    said = CliRunner().invoke(app, ["check", str(file)])
    assert said.exit_code == 1
    assert said.output.startswith(f"{file}:1: version: weekly6 1.0.0 was released with the content ")
    assert "give the changed file a new version" in said.output


def test_days_that_became_hours_under_a_released_version_are_named_though_the_hash_is_the_same(tmp_path: Path) -> None:
    file = tmp_path / "weekly6.yaml"
    file.write_text(WEEKLY6.read_text())
    (tmp_path / RELEASED).write_text(released(tmp_path))
    (tmp_path / RELEASED_SPANS).write_text(released_spans(tmp_path))
    assert CliRunner().invoke(app, ["check", str(file)]).exit_code == 0
    before = load_protocol(file)
    edited = file.read_text().replace("remind_before: [P1D", "remind_before: [PT24H")
    assert edited != file.read_text()
    file.write_text(edited)
    assert load_protocol(file).content_hash == before.content_hash
    assert load_protocol(file).span_hash != before.span_hash
    said = CliRunner().invoke(app, ["check", str(file)])
    assert said.exit_code == 1
    assert "with days where it has 24 hours now" in said.output


def test_what_was_released_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "weekly6.yaml").write_text(WEEKLY6.read_text())
    (tmp_path / RELEASED).write_text('{"weekly6": {"1.0.0": "abc"}, "gone": {"1": "def"}}')
    assert '"1.0.0": "abc"' in released(tmp_path)
    assert '"gone"' in released(tmp_path)
