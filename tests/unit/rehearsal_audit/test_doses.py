"""Every rule of a dose is seen to be broken when it is."""

from pathlib import Path

import pytest

from rehearsal.audit import violations
from shared.events import intake, integration, scheduler, session
from shared.protocol.load import load_protocol
from tests.unit.rehearsal_audit.kept import ROWAN, a_kept_program, at, dosed, id_of, made_up, missed


def test_a_program_that_was_kept_has_no_violation() -> None:
    assert a_kept_program().broken() == set()


def test_a_dose_with_two_of_three_clearances_is_found() -> None:
    told = a_kept_program()
    dose = next(e for _, e in told.events if isinstance(e, session.DoseAdministered) and e.item == "dose:2")
    told.said(session.DoseAdministered, {"clearances": dose.clearances[:2]}, item="dose:2")
    assert told.broken() == {"dose_without_clearance"}


@pytest.mark.parametrize("change", [{"valid_until": at(20)}, {"answered_at": at(22)}])
def test_a_dose_on_a_clearance_that_is_not_valid_is_found(change: dict[str, object]) -> None:
    told = a_kept_program()
    dose = next(e for _, e in told.events if isinstance(e, session.DoseAdministered) and e.item == "dose:2")
    stale = (dose.clearances[0].model_copy(update=change), *dose.clearances[1:])
    assert told.said(session.DoseAdministered, {"clearances": stale}, item="dose:2").broken() == {
        "dose_without_clearance"
    }


def test_a_dose_without_a_prescribers_go_is_found() -> None:
    assert a_kept_program().without(session.DoseDecided, item="dose:1").broken() == {"dose_not_decided"}


def test_a_dose_after_a_no_go_is_found() -> None:
    about = {"program_id": ROWAN, "session_id": id_of("dose:1"), "item": "dose:1"}
    told = a_kept_program().tell(14.045, session.DoseDecided(**about, decision="no_go"))
    assert told.broken() == {"dose_not_decided"}


def test_a_dose_verified_by_who_gave_it_is_found() -> None:
    told = a_kept_program().said(session.DoseAdministered, {"verified_by": "nurse"}, item="dose:1")
    assert told.broken() == {"dose_without_second_person"}


def test_a_dose_on_a_decision_that_no_longer_stood_is_found_and_one_after_it_was_signed_again_is_not() -> None:
    about = {"program_id": ROWAN, "protocol_id": "weekly6"}
    told = a_kept_program().tell(18, intake.ScreeningReopened(**about))
    assert told.broken() == {"dose_on_a_reopened_decision"}
    assert told.tell(19, intake.ScreeningDecided(**about, decision="eligible")).broken() == set()


def test_a_dose_while_a_circle_is_owed_is_found() -> None:
    assert missed(a_kept_program(), "circle:1").broken() == {"dose_while_a_circle_is_owed"}


def test_an_excused_absence_from_a_circle_holds_the_dose_too() -> None:
    assert missed(a_kept_program(), "circle:1", excused=True).broken() == {"dose_while_a_circle_is_owed"}


def test_a_dose_after_the_circle_was_made_up_is_no_violation() -> None:
    assert made_up(missed(a_kept_program(), "circle:1"), "circle:1", 18).broken() == set()


def test_a_make_up_after_the_dose_comes_too_late() -> None:
    assert "dose_while_a_circle_is_owed" in made_up(missed(a_kept_program(), "circle:1"), "circle:1", 21.5).broken()


def test_a_dose_after_a_signed_override_is_no_violation() -> None:
    told = missed(a_kept_program(), "circle:1").tell(20, scheduler.ItemOverridden(program_id=ROWAN, item="circle:1"))
    assert told.broken() == set()


def test_an_override_of_another_circle_does_not_count() -> None:
    told = missed(a_kept_program(), "circle:1").tell(20, scheduler.ItemOverridden(program_id=ROWAN, item="circle:2"))
    assert told.broken() == {"dose_while_a_circle_is_owed"}


def test_a_dose_before_preparation_was_attended_is_found() -> None:
    assert missed(a_kept_program(), "preparation:2").broken() == {"dose_before_preparation"}


def test_a_dose_after_a_made_up_preparation_is_no_violation() -> None:
    assert made_up(missed(a_kept_program(), "preparation:2"), "preparation:2", 10).broken() == set()


def test_a_dose_without_an_eligible_decision_is_found() -> None:
    told = a_kept_program().said(intake.ScreeningDecided, {"decision": "excluded"})
    assert told.broken() == {"dose_before_what_it_needs"}


def test_a_dose_after_consent_was_revoked_is_found() -> None:
    told = a_kept_program().tell(20, intake.AgreementRevoked(program_id=ROWAN, kind="treatment_consent"))
    assert told.broken() == {"dose_before_what_it_needs"}


def test_the_first_dose_without_a_baseline_is_found() -> None:
    assert a_kept_program().without(integration.MeasureCompleted).broken() == {"dose_before_what_it_needs"}


def test_doses_closer_than_the_minimum_interval_are_found_whatever_the_week() -> None:
    told = a_kept_program().said(session.DoseAdministered, {"administered_at": at(15)}, item="dose:1")
    assert "doses_too_close" not in told.broken()
    told.said(session.DoseAdministered, {"administered_at": at(15.1)}, item="dose:1")
    assert "doses_too_close" in told.broken()


def test_the_same_dose_twice_is_found() -> None:
    told = a_kept_program()
    dosed(told, "dose:3", 35)
    assert told.broken() == {"dose_given_twice"}


def test_doses_that_go_back_are_found() -> None:
    told = a_kept_program().said(session.DoseAdministered, {"item": "dose:1"}, item="dose:3")
    assert {"dose_out_of_order", "dose_given_twice"} <= told.broken()


def test_a_missed_dose_given_later_is_found() -> None:
    told = missed(a_kept_program(), "dose:2")
    dosed(told, "dose:2", 35)
    assert "missed_dose_given_later" in told.broken()


def test_a_dose_of_somebody_who_came_after_all_was_not_missed() -> None:
    about = {"program_id": ROWAN, "session_id": id_of("dose:2"), "item": "dose:2"}
    told = missed(a_kept_program(), "dose:2").tell(21.01, session.AttendanceCorrected(**about, status="attended"))
    dosed(told, "dose:2", 21.05)
    assert "missed_dose_given_later" not in told.broken()


def test_a_withheld_dose_given_later_is_found() -> None:
    about = {"program_id": ROWAN, "session_id": id_of("dose:2"), "item": "dose:2"}
    told = a_kept_program().tell(21.01, session.DoseWithheld(**about))
    assert told.broken() == {"missed_dose_given_later"}


def test_a_dose_after_leaving_is_found() -> None:
    told = a_kept_program().without(scheduler.StateChanged, state="completed")
    told.tell(25, scheduler.StateChanged(program_id=ROWAN, cohort_id=None, state="withdrawn"))
    assert "dose_outside_the_program" in told.broken()


def test_a_dose_while_a_risk_is_open_is_found_until_a_clinician_decided() -> None:
    risk = {"program_id": ROWAN, "risk_id": id_of("risk"), "item": "check_in:dose:1:24h"}
    told = a_kept_program().tell(20, integration.RiskRaised(**risk))
    assert told.broken() == {"dose_while_a_risk_is_open"}
    assert told.tell(20.5, integration.RiskClosed(**risk)).broken() == set()


def test_a_dose_that_rests_on_what_was_answered_at_the_go_is_found() -> None:
    told = a_kept_program().said(session.DoseAdministered, {"administered_at": at(14.055)}, item="dose:1")
    assert told.broken() == {"dose_on_old_answers"}


def test_a_program_without_circles_owes_none() -> None:
    doses_alone = load_protocol(Path(__file__).parents[3] / "protocols" / "ed4.yaml")
    found = {words.partition(":")[0] for words in violations(a_kept_program().log(), doses_alone)}
    assert "dose_while_a_circle_is_owed" not in found
