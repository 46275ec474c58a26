"""`homeward protocol check` and `show`, as a person at a terminal meets them."""

from typer.testing import CliRunner

from cli.protocol import app
from shared.protocol.load import load_protocol
from tests.unit.protocol.conftest import BRISK, WEEKLY6, line_of

WIDE = {"COLUMNS": "200"}


def run(*words: str):
    return CliRunner().invoke(app, words, env=WIDE)


def test_a_good_file_is_ok_with_its_hash():
    said = run("check", str(WEEKLY6))
    assert said.exit_code == 0
    assert said.output.startswith(f"ok weekly6 1.0.0 {load_protocol(WEEKLY6).content_hash}\n")


def test_a_bad_file_ends_with_status_1_and_one_line_per_fault(tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text(BRISK.read_text().replace("forms_within", "forms_witin"))
    said = run("check", str(file))
    assert said.exit_code == 1
    assert said.output.startswith(f"{file}:{line_of('forms_within')}: screening.forms_witin: ")
    assert len(said.output.splitlines()) == 1


def test_a_protocol_is_shown_with_its_weeks_rules_and_sources():
    said = run("show", "weekly6")
    assert said.exit_code == 0
    assert "week 3, day 2, 09:00" in said.output
    assert "A history of psychosis or schizophrenia." in said.output
    assert "Founding article S4" in said.output
    assert "conv *" in said.output


def test_a_program_in_seconds_is_shown_too():
    assert "start + 17 s" in run("show", "brisk", "--directory", str(BRISK.parent)).output


def test_an_unknown_protocol_is_said_with_those_there_are():
    said = run("show", "weekly7")
    assert said.exit_code == 1
    assert "there is no protocol 'weekly7'; there are: " in said.output
