"""What is read of a protocol: one page for the terminal and for docs, with everything a clinician looks for."""

import io

import pytest
from rich.console import Console

from cli.docs.protocols import documents
from cli.protocol.markdown import markdown
from cli.protocol.page import Page, Points, Section, Table, filled
from cli.protocol.reading import reading, sign_off
from cli.protocol.terminal import show
from shared.protocol.base import Sourced, walk
from shared.protocol.flagged import flagged
from shared.protocol.load import load_protocol
from tests.unit.protocol.conftest import BRISK, WEEKLY6

GOOD = load_protocol(WEEKLY6)
OTAGO2 = load_protocol(WEEKLY6.with_name("otago2.yaml"))


def section(title, protocol=GOOD):
    (found,) = [section for section in reading(protocol).sections if section.title == title]
    return found


def rows(section):
    return [row for block in section.blocks if isinstance(block, Table) for row in block.rows]


def test_every_session_has_its_line_with_what_it_needs():
    lines = rows(section("Weeks"))
    assert len(lines) == len(GOOD.sessions)
    assert lines[2] == (
        "3",
        "dose 1: Medicine session 1",
        "Tuesday (day 2), 09:00, 4 hours",
        "every preparation attended or made up; treatment consent and group agreement standing; "
        "the measure Before the first dose complete",
    )
    assert lines[4][3] == (
        "no circle to make up; 6 days since the last dose; treatment consent and group agreement standing"
    )


def test_every_screening_rule_is_there_with_its_source_under_its_outcome():
    blocks = section("Screening").blocks
    tables = {block.head[0]: block.rows for block in blocks if isinstance(block, Table)}
    for rule in GOOD.screening.rules:
        (line,) = [row for row in tables[rule.outcome.capitalize()] if row[0] == rule.says]
        assert rule.source in line[-1]
        assert line[-1].endswith("*") == rule.needs_medical_director_signoff


def test_a_measure_says_its_window_its_reminders_and_who_asks_again():
    (line,) = [row for row in rows(section("Measures")) if row[0].startswith("Six-month follow-up")]
    assert line == (
        "Six-month follow-up; also after leaving",
        "phq9, gad7 and pcl5",
        "week 38, day 1, 09:00",
        "from 14 days before to 14 days after; given up 28 days after",
        "7 days before, at that moment and 7 days after",
        "9 days after, the coordinator calls; 12 days after, the coordinator calls again; "
        "21 days after, the clinician decides",
        "–",
        "S4 item 15; conv *",
    )


def test_a_questionnaire_says_which_items_are_scored_reversed():
    (line,) = [row for row in rows(section("Questionnaires", OTAGO2)) if row[0].startswith("ffmq15")]
    assert line[1] == "15 items of 1 to 5, scored reversed: 3, 4, 7, 8, 9, 13 and 14"


def test_a_size_that_no_publication_gives_is_said_to_be_set():
    (points,) = section("The group", OTAGO2).blocks
    assert points.items[0].startswith("How many people: to be set before a version is released (*).")
    assert ("the group", "the size of a group", "to be set", "none", "cohort.size") in rows(
        section("For the medical director to sign off", OTAGO2)
    )


def test_conditions_of_its_own_are_said_with_their_source():
    assert ("withdrawal seizure", "A seizure in a withdrawal from alcohol.", "conv *") in rows(
        section("Screening", OTAGO2)
    )


def test_a_questionnaire_says_its_subscales_with_their_items_and_range():
    (line,) = [row for row in rows(section("Questionnaires", OTAGO2)) if row[0].startswith("ffmq15")]
    assert "Acting with awareness: the sum of items 3, 8 and 13, 3 to 15" in line[4]


def test_the_dose_day_says_ranges_limits_and_when_somebody_may_leave():
    lines = rows(section("The dose day"))
    assert ("IM", "0.5 to 1.5 mg/kg", "S4 item 10") in lines
    assert ("IN", "no published range: only the prescriber's order decides", "S4 item 10") in lines
    assert ("emergency", "systolic pressure above 180 mmHg", "vitals") in lines
    assert ("Sedation has resolved.", "REMS") in lines
    said = [item for block in section("The dose day").blocks if isinstance(block, Points) for item in block.items]
    assert "6 doses, at least 6 days (conv *) apart, wherever they are given." in said


@pytest.mark.parametrize("protocol", [GOOD, OTAGO2], ids=["weekly6", "otago2"])
def test_each_value_to_sign_off_is_listed_by_its_path_and_no_longer_once_it_is_signed_off(protocol):
    paths = [row[-1] for row in rows(sign_off(protocol))]
    assert paths == list(flagged(protocol))
    assert [row[-1] for row in rows(sign_off(protocol, paths[:1]))] == paths[1:]


@pytest.mark.parametrize("file", [WEEKLY6, BRISK], ids=["weekly6", "brisk"])
def test_whatever_the_medical_director_signs_off_is_listed_once(file):
    protocol = load_protocol(file)
    flagged = [p for _, p in walk(protocol) if isinstance(p, Sourced) and p.needs_medical_director_signoff]
    titles = [section.title for section in reading(protocol).sections]
    listed = rows(section("For the medical director to sign off")) if flagged else []
    assert len(listed) == len(flagged) == len(set(listed))
    assert ("For the medical director to sign off" in titles) == bool(flagged)


def test_nothing_is_read_that_is_a_part_written_out_by_python():
    assert "datetime" not in markdown(reading(GOOD))
    assert "=" not in "".join(cell for section in reading(GOOD).sections for row in rows(section) for cell in row)


def test_the_terminal_and_the_docs_show_the_same_words():
    page = reading(GOOD)
    screen = io.StringIO()
    show(page, Console(file=screen, width=2000))
    for title in ("Weeks", "Screening", "The dose day", "Sources"):
        for row in rows(section(title)):
            assert all(cell in screen.getvalue() for cell in row)
    written = markdown(page)
    assert all(f"## {section.title}" in written for section in page.sections)


def test_markup_in_a_protocol_stays_text_wherever_it_is_shown():
    page = Page("A [red]page[/red]", ("a * b",), (Section("S", (Table(("h",), (("a|b <i>",),)),)),))
    assert "| a\\|b &lt;i> |" in markdown(page)
    assert "a \\* b" in markdown(page)
    screen = io.StringIO()
    show(page, Console(file=screen))
    assert "A [red]page[/red]" in screen.getvalue()


def test_a_section_that_says_nothing_is_left_out():
    assert filled(Section("Empty", ("", Table(("a",), ()), Points(())))) == ()


def test_the_latest_version_has_the_protocols_own_page_and_an_older_one_its_number(tmp_path):
    text = BRISK.read_text()
    for version in ("1.0.0", "1.2.0", "1.10.0"):
        (tmp_path / f"{version}.yaml").write_text(text.replace('version: "1.0.0"', f'version: "{version}"'))
    written = documents(tmp_path)
    assert "version 1.10.0" in written["docs/protocols/brisk.md"]
    assert "version 1.2.0" in written["docs/protocols/brisk@1.2.0.md"]
    assert "[brisk](brisk@1.0.0.md)" in written["docs/protocols/README.md"]
