"""What a rehearsal came to, from its log."""

from collections.abc import Iterable
from dataclasses import replace

from rehearsal.grid import GridSummary
from rehearsal.ledger import Ledger, Referred
from rehearsal.report import Rehearsed, failures, summarise
from rehearsal.run import EXAMPLES, PROTOCOLS, SITES
from rehearsal.scenario import read_scenario
from rehearsal.tables import outcomes_table, people_table
from rehearsal.virtual_time import Step
from shared.events import session
from shared.protocol.load import load_protocol
from shared.sites import load_sites
from tests.unit.rehearsal_audit.kept import END, PROTOCOL, ROWAN, Told, a_kept_program, at, made_up, missed

CELL = {"instrument": "phq9", "subscale": None, "measure": "baseline", "n": 1, "missing": 0, "mean": 15.0, "sd": None}


def rehearsed(told: Told, steps: Iterable[Step] = ()) -> Rehearsed:
    return Rehearsed(
        protocol=PROTOCOL,
        seed=7,
        ended=at(END),
        wall_seconds=12.34,
        log=told.log(),
        steps=list(steps),
        ledger=Ledger(at(END), [Referred(ROWAN, "bc", "R-01", "completed")], []),
        outcomes=[CELL],
        dead_letters=0,
        grid=GridSummary(weeks=[1], rows=[]),
    )


def test_a_subscale_is_told_beside_the_total_and_never_in_its_place() -> None:
    low = CELL | {"subscale": "low_mood", "mean": 2.0}
    summary = summarise(replace(rehearsed(a_kept_program()), outcomes=[CELL, low]))
    assert {scored: cells["baseline"].mean for scored, cells in summary.outcomes.items()} == {
        "phq9": 15.0,
        "phq9:low_mood": 2.0,
    }


def test_the_summary_tells_where_a_person_went_and_what_they_had() -> None:
    summary = summarise(rehearsed(made_up(missed(a_kept_program(), "circle:1"), "circle:1", 18)))
    assert summary.participants[0].model_dump() == {
        "referral": "R-01",
        "outcome": "completed",
        "doses": 3,
        "circles": 3,
        "absences": 1,
    }
    assert (summary.virtual.start, summary.virtual.end) == (at(-20), at(END))
    assert summary.outcomes["phq9"]["baseline"].mean == 15.0
    assert summary.events.by_type["homeward.session.dose.administered.v1"] == 3


def test_the_summary_has_the_keys_that_are_promised() -> None:
    written = summarise(rehearsed(a_kept_program())).model_dump(mode="json")
    assert list(written) == [
        *("protocol", "seed", "virtual", "wall_seconds", "ledger", "participants", "absences", "obligations"),
        *("events", "messages", "outcomes", "clock", "violations", "grid"),
    ]


def test_an_absence_is_told_with_its_owner_and_how_it_was_closed() -> None:
    summary = summarise(rehearsed(missed(a_kept_program(), "dose:3")))
    assert summary.absences[0].model_dump() == {
        "referral": "R-01",
        "item": "dose:3",
        "owner": "coordinator",
        "closed_by": "go_on",
        "closed_at": at(29),
    }


def test_a_program_that_was_kept_has_no_failure() -> None:
    done = rehearsed(a_kept_program(), [Step(at(1), at(2))])
    assert failures(done, summarise(done)) == []


def test_a_broken_rule_is_a_failure_that_names_the_referral() -> None:
    done = rehearsed(a_kept_program().without(session.DoseDecided, item="dose:1"))
    assert failures(done, summarise(done)) == [
        "A rule was broken: dose_not_decided: R-01: dose:1 was given without a prescriber's go."
    ]


def test_a_fact_inside_a_step_a_dead_letter_and_a_stopped_cast_are_failures() -> None:
    done = replace(rehearsed(a_kept_program(), [Step(at(6.9), at(7.1))]), dead_letters=2)
    done = replace(done, troubles=["the coordinator at bc was refused"])
    assert failures(done, summarise(done)) == [
        "The rehearsal was stopped: the coordinator at bc was refused",
        "2 events are kept as dead letters: ./homeward deadletters list",
        "The clock went on too early: homeward.session.attendance.recorded.v1 at 2030-01-14T17:00:00+00:00"
        " lies inside the step from 2030-01-14T14:36:00+00:00.",
    ]


def test_outcomes_are_told_measure_by_measure_whatever_a_protocol_calls_them() -> None:
    numinus6 = load_protocol(PROTOCOLS / "numinus6.yaml")
    cells = [CELL | {"measure": "before", "n": 9}, CELL | {"measure": "one_month", "n": 7, "missing": 2, "sd": 3.0}]
    table = outcomes_table(summarise(replace(rehearsed(a_kept_program()), outcomes=cells)), numinus6)
    rows = list(zip(*(column.cells for column in table.columns), strict=True))
    assert [column.header for column in table.columns] == ["", "PCL-5", "PHQ-9", "GAD-7"]
    assert rows == [
        ("Before the program", "–", "15.0 (–), 9 of 9", "–"),
        ("A month after", "–", "15.0 (3.0), 7 of 9", "–"),
    ]


def test_a_program_without_circles_has_no_column_of_them() -> None:
    summary = summarise(rehearsed(a_kept_program()))
    headers = {}
    for id in ("weekly6", "ed4"):
        scenario = read_scenario(EXAMPLES / id, load_protocol(PROTOCOLS / f"{id}.yaml"), load_sites(SITES))
        headers[id] = [column.header for column in people_table(summary, scenario).columns]
    assert headers["weekly6"] == ["referral", "came to", "doses", "circles", "absences", "why"]
    assert headers["ed4"] == ["referral", "came to", "doses", "absences", "why"]
