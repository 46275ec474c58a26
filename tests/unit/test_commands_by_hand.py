"""What the commands of the tutorial take and refuse, before anything runs."""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import typer
from typer.testing import CliRunner

from cli import call, clock, up
from cli.main import COMMANDS
from embedded.endpoints import SECRETS
from embedded.errors import EmbeddedError
from shared.migrations import ROOT

TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text()
VANCOUVER = ZoneInfo("America/Vancouver")


def test_virtual_time_is_refused_on_data_of_real_time(tmp_path: Path) -> None:
    (tmp_path / SECRETS).write_text("{}")
    with pytest.raises(EmbeddedError, match="--fresh"):
        up.prepare(tmp_path, fresh=False, virtual=True)
    assert (tmp_path / SECRETS).exists()


def test_what_ran_in_virtual_time_is_gone_at_the_next_start(tmp_path: Path) -> None:
    up.prepare(tmp_path, fresh=False, virtual=True)
    (tmp_path / SECRETS).write_text("{}")
    up.prepare(tmp_path, fresh=False, virtual=False)
    assert list(tmp_path.iterdir()) == []


def test_data_of_real_time_stays(tmp_path: Path) -> None:
    (tmp_path / SECRETS).write_text("{}")
    up.prepare(tmp_path, fresh=False, virtual=False)
    assert [file.name for file in tmp_path.iterdir()] == [SECRETS]


@pytest.mark.parametrize(
    ("path", "part"), [("state", "open"), ("items.0.site", "bc"), ("items.1", '{"site": "co"}'), ("count", "2")]
)
def test_a_part_of_an_answer_is_printed_as_a_shell_wants_it(path: str, part: str) -> None:
    assert call._part({"state": "open", "count": 2, "items": [{"site": "bc"}, {"site": "co"}]}, path) == part


@pytest.mark.parametrize(("path", "there"), [("stat", "it has state"), ("items.2", "it has 0"), ("state.x", "nothing")])
def test_a_part_that_is_not_there_says_what_is(path: str, there: str) -> None:
    with pytest.raises(EmbeddedError, match=there):
        call._part({"state": "open", "items": [1]}, path)


def test_a_moment_is_read_in_the_time_of_its_site_unless_it_says_otherwise() -> None:
    noon = datetime(2027, 1, 15, 12, tzinfo=VANCOUVER)
    assert clock._instant("2027-01-15T12:00", VANCOUVER) == noon
    assert clock._instant("2027-01-15T12:00+00:00", VANCOUVER) == datetime(2027, 1, 15, 12, tzinfo=UTC)
    with pytest.raises(typer.BadParameter, match="2030-01-07T09:00"):
        clock._instant("tomorrow", VANCOUVER)


def test_the_time_never_goes_back() -> None:
    with pytest.raises(EmbeddedError, match="is over"):
        clock._ahead(datetime(2030, 1, 8, tzinfo=UTC), datetime(2030, 1, 7, tzinfo=UTC))


@pytest.mark.parametrize("wrong", ["nowhere/referrals", "referrals"])
def test_a_request_to_no_service_names_the_services(wrong: str) -> None:
    said = CliRunner().invoke(call.app, ["GET", wrong])
    assert said.exit_code == 2
    assert "intake" in said.output


def test_the_tutorial_uses_commands_that_there_are() -> None:
    used = set(re.findall(r"\./homeward (\w+)", TUTORIAL))
    assert used <= set(COMMANDS)
    assert {"up", "clock", "call", "cohorts", "program", "audit", "ledger"} <= used
