"""The command line's help: every command stands in a group, and a slip is answered with the likely word."""

from typer.testing import CliRunner

from cli.main import COMMANDS, GROUPS, app


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
