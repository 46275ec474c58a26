"""`homeward protocol check` and `show`, as a person at a terminal meets them."""

import json

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


def test_what_has_to_be_set_before_a_release_is_named():
    said = run("check", str(WEEKLY6.with_name("otago2.yaml")))
    assert said.exit_code == 0
    assert "cohort.size (the size of a group) must be set before a version is released\n" in said.output
    assert "cohort.quorum (who has to be there for a session to run) must be set" in said.output
    assert "must be set" not in run("check", str(WEEKLY6)).output


def test_a_bad_file_ends_with_status_1_and_one_line_per_fault(tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text(BRISK.read_text().replace("forms_within", "forms_witin"))
    said = run("check", str(file))
    assert said.exit_code == 1
    assert said.output.startswith(f"{file}:{line_of('forms_within')}: screening.forms_witin: ")
    assert len(said.output.splitlines()) == 1


def test_a_changed_copy_that_kept_its_version_is_named(tmp_path):
    (tmp_path / "weekly6.yaml").write_text(WEEKLY6.read_text())
    (tmp_path / "broken.yaml").write_text("[")
    copy = tmp_path / "weekly6-1.1.0.yaml"
    copy.write_text(WEEKLY6.read_text().replace("stop_bang, at_least: 5", "stop_bang, at_least: 4"))
    said = run("check", str(copy))
    assert said.exit_code == 1
    assert said.output == f"{copy}:1: version: weekly6 1.0.0 is already in weekly6.yaml: change the version\n"


def test_a_protocol_is_shown_with_its_weeks_rules_and_sources():
    said = run("show", "weekly6")
    assert said.exit_code == 0
    assert "dose 1: Medicine session 1" in said.output
    assert "every preparation attended or made up" in said.output
    assert "A history of psychosis or schizophrenia." in said.output
    assert "Founding article S4" in said.output
    assert "conv *" in said.output


def test_a_program_in_seconds_is_shown_too():
    assert "17 seconds after the start" in run("show", "brisk", "--directory", str(BRISK.parent)).output


def test_an_unknown_protocol_is_said_with_those_there_are():
    said = run("show", "weekly7")
    assert said.exit_code == 1
    assert "there is no protocol 'weekly7'; there are: " in str(said.exception)


def test_optional_parts_and_unsettled_inputs_are_shown_as_they_are(tmp_path):
    text = BRISK.read_text()
    for part, following in (("check_ins", "instruments"), ("instruments", "measures"), ("measures", "dosing")):
        text = text[: text.index(f"\n{part}:")] + text[text.index(f"\n{following}:") :]
    text = text[: text.index("\ndosing:")] + text[text.index("\nattendance:") :]
    text = "".join(line for line in text.splitlines(keepends=True) if '"dose:' not in line or "measure" in line)
    rules = text.index("  - kind: dose"), text.index("  - kind: circle")
    text = (text[: rules[0]] + text[rules[1] :]).replace("holds_next_dose", "none").replace("blocks_first_dose", "none")
    text = text.replace("screening:", "inputs:\n  - {key: closing, says: The day of the last circle}\nscreening:", 1)
    text = text.replace("at: {offset: PT66S}", 'at: {input: closing, plus_days: 1, time: "09:00"}')
    (tmp_path / "small.yaml").write_text(text)
    said = run("show", str(tmp_path / "small.yaml"))
    assert said.exit_code == 0, said.output
    assert "as given for closing + 1 day, 09:00" in said.output
    assert "To be given when a cohort is opened, as `closing` (day): The day of the last circle" in said.output
    assert "The dose day" not in said.output
    assert "Measures" not in said.output


def test_two_versions_differ_in_words_and_in_json(tmp_path):
    later = tmp_path / "later.yaml"
    later.write_text(WEEKLY6.read_text().replace("min_interval: {value: P6D", "min_interval: {value: P5D"))
    said = run("diff", "weekly6@1.0.0", str(later))
    assert said.output == "The dose day\n  the minimum interval between doses: 6 days → 5 days\n"
    assert json.loads(run("diff", "weekly6", str(later), "--json").output) == [
        {
            "section": "the dose day",
            "what": "the minimum interval between doses",
            "before": "6 days",
            "after": "5 days",
            "sentence": "the minimum interval between doses: 6 days → 5 days",
        }
    ]


def test_a_protocol_and_itself_say_the_same():
    assert run("diff", "weekly6", str(WEEKLY6)).output == "They say the same.\n"


def test_a_difference_from_a_version_that_is_not_there_is_refused():
    said = run("diff", "weekly6@9.9.9", "weekly6")
    assert said.exit_code == 1
    assert "there is no protocol weekly6 9.9.9; there are: " in str(said.exception)
    assert "weekly6 1.0.0" in str(said.exception)
