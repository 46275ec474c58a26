"""The command line's help: every command stands in a group, and a slip is answered with the likely word."""

from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import main
from cli.main import COMMANDS, GROUPS, app
from cli.screen import in_80_columns


def test_h_shows_every_command_in_its_group_on_a_narrow_terminal() -> None:
    shown = CliRunner().invoke(app, ["-h"], env={"COLUMNS": "80", "TERM": "dumb"}).output
    assert all(group in shown for group in GROUPS)
    assert all(f" {command} " in shown for command in COMMANDS)


def test_a_misspelt_command_is_answered_with_the_likely_one() -> None:
    refused = CliRunner().invoke(app, ["dmo"])
    assert refused.exit_code == 2
    assert "Did you mean 'demo'?" in refused.output


def test_the_version_is_the_package_s() -> None:
    assert CliRunner().invoke(app, ["--version"]).output == "homeward 0.1.0\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["dmo"], "homeward: There is no command 'dmo'. Did you mean 'demo'?\nHelp: homeward -h"),
        (["demo", "--protocl", "ed4"], "homeward: No such option: --protocl (Possible options: --protocol).\nHelp:"),
        (["protocol", "shwo"], "homeward: No such command 'shwo'. Did you mean 'show'?\nHelp: homeward protocol -h"),
        (["clock", "to", "tomorrow"], "homeward: 'tomorrow' is no date and time: write for example"),
        (["token", "--role", "nurse", "--site", "bc"], "homeward: Invalid value for '--role': 'nurse' is not one of"),
        (["cohorts", "show", "C-1"], "homeward: Invalid value for 'id': expected an id, such as\n01a22c38-"),
        (["demo", "--seed", "x"], "homeward: Invalid value for '--seed': expected a whole number.\nHelp:"),
        (["docs", "all"], "homeward: This command does not take all.\nHelp: homeward docs -h"),
        (["nonsense"], "homeward: No such command 'nonsense'.\nHelp: homeward -h"),
        (["test", "unti"], "homeward: there is no test category 'unti'; the categories are unit, workflows,"),
        (["test", "components/nowhere"], "homeward: there is no components/nowhere, neither here nor in tests/."),
        (["token", "--role", "auditor"], "homeward: Missing option '--site'.\nHelp: homeward token -h"),
    ],
)
def test_a_wrong_word_is_answered_with_one_plain_sentence_in_80_columns(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["homeward", *words])
    assert main._status() == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(says)
    assert max(map(len, printed.err.splitlines())) <= 80
    assert printed.err.isascii()


def test_help_is_broken_by_the_terminal_and_not_by_its_source() -> None:
    for command in COMMANDS:
        shown = CliRunner().invoke(app, [command, "-h"], env={"COLUMNS": "400", "TERM": "dumb"}).output
        lines = [line.strip() for line in shown.partition("╭")[0].splitlines()]
        assert not any(line and following for line, following in pairwise(lines)), shown


def test_a_long_refusal_is_broken_between_words_at_80_columns() -> None:
    words = "homeward: Refused (no_go_decision): there is no go decision for this person in this session"
    assert in_80_columns(f"{words}\nshort") == words.replace("in this session", "in\nthis session") + "\nshort"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["audit", "verify", "--heads", "{}/none"], "none cannot be read (No such file or directory)."),
        (["audit", "verify", "--heads", "{}/broken"], "broken is no JSON"),
        (["audit", "verify", "--heads", "{}/list"], "list does not say heads: give what `./homeward audit head`"),
        (["builds", "--temporal", "nowhere:1", "--codec-key", "{}/list"], "list holds no codec key"),
        (["protocol", "show", "weekly7"], "there is no protocol 'weekly7'; there are: colorado7, ed4,"),
    ],
)
def test_a_wrong_file_or_name_is_answered_with_one_plain_sentence_in_80_columns(
    words: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken").write_text("{")
    (tmp_path / "list").write_text("[]")
    monkeypatch.setattr("sys.argv", ["homeward", *(word.format(tmp_path) for word in words)])
    assert main._status() == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert says in printed.err.replace("\n", " ")
    assert max(map(len, printed.err.splitlines())) <= 80 + len(str(tmp_path))
