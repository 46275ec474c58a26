"""What types cannot see: whether the sections of a protocol agree with one another. Pure; each problem has its path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from shared.protocol.checks import calendar, dosing, measures, messages, names, people, safety, screening
from shared.protocol.checks.problem import Problem

if TYPE_CHECKING:
    from shared.protocol.model import Protocol

__all__ = ["CHECKS", "Problem", "problems"]

CHECKS: tuple[Callable[[Protocol], Iterator[Problem]], ...] = (
    names.names_are_unique,
    names.sources_exist,
    names.measured_instruments_exist,
    names.gates_refer_to_sessions,
    names.anchors_refer_to_sessions,
    names.circles_integrate_doses,
    names.inputs_exist,
    names.inputs_are_used,
    screening.conditions_are_known,
    screening.own_conditions_are_new_and_asked_about,
    screening.comparisons_fit_their_answer,
    screening.remission_is_not_active_use,
    calendar.keys_name_their_kind,
    calendar.each_kind_has_rules,
    calendar.rules_have_sessions,
    calendar.days_or_elapsed_time,
    calendar.sessions_of_a_kind_are_in_order,
    calendar.sessions_do_not_overlap,
    calendar.doses_follow_preparation,
    calendar.circles_follow_their_dose,
    calendar.doses_keep_their_interval,
    calendar.late_comes_before_absent,
    calendar.doses_have_their_own_checklist,
    calendar.absences_have_an_effect_that_can_happen,
    calendar.make_ups_end_with_the_program,
    dosing.doses_have_a_dosing_section,
    dosing.promised_doses_are_planned,
    dosing.planned_routes_are_offered,
    dosing.dose_ranges_fit_their_unit,
    dosing.arms_give_the_routes_of_the_program,
    dosing.arms_narrow_the_range,
    dosing.limits_fit_their_unit,
    dosing.limits_leave_room,
    dosing.worse_limits_lie_further_out,
    dosing.rest_is_a_range,
    dosing.staff_on_site_can_say_so,
    measures.reminders_rise,
    measures.ladders_rise,
    measures.form_reminders_come_in_time,
    measures.measure_reminders_lie_in_the_window,
    measures.measure_ladders_lie_in_the_window,
    measures.check_ins_are_chased_when_due,
    measures.required_measures_open_before_their_session,
    measures.check_ins_follow_something,
    measures.answers_can_signal_risk,
    measures.thresholds_are_within_the_score,
    measures.clusters_can_be_reached,
    people.quorum_fits_the_group,
    people.small_groups_fit_the_group,
    people.reviews_can_be_reached,
    people.advice_keeps_the_secret,
    people.doses_are_prepared_for,
    people.higher_risk_asks_for_more,
    messages.caps_are_upright,
    messages.quiet_hours_begin_and_end,
    messages.appointments_must_reach,
    messages.reminders_fit_the_caps,
)

FOR_PEOPLE: tuple[Callable[[Protocol], Iterator[Problem]], ...] = (
    safety.values_lie_within_their_bounds,
    safety.screening_asks_about_the_contraindications,
    safety.screening_decisions_expire,
    safety.decisions_last_until_the_last_dose,
    safety.doses_need_consent,
    safety.seats_close_before_the_first_roster,
    safety.sessions_are_reminded_of,
    safety.nobody_is_a_no_show_after_the_end,
    safety.make_ups_stop_something,
    safety.missed_doses_are_decided_by_the_prescriber,
    safety.dose_days_end_after_discharge,
    safety.observations_go_on_until_discharge,
    safety.missed_observations_show_before_the_next,
    safety.vital_signs_have_limits,
    safety.vital_limits_lie_within_their_bounds,
    safety.checklists_are_complete,
    safety.clinicians_answer_for_the_dose,
    safety.check_ins_reach_a_clinician,
    safety.answers_about_suicide_are_acted_on,
    safety.high_risk_pages_and_holds,
    safety.pages_reach_a_clinician_first,
    safety.urgent_messages_are_never_held,
    safety.quiet_hours_leave_a_day,
    safety.messages_come_before_what_they_are_about,
)
"""What could hurt somebody in silence; not asked of a program whose time is compressed, which is for machines."""

MOST_PROBLEMS = 100


def problems(protocol: Protocol) -> tuple[Problem, ...]:
    """Every disagreement between the sections, in the order of the checks, up to as many as anybody reads."""
    checks = CHECKS if protocol.compressed else CHECKS + FOR_PEOPLE
    return tuple(islice((problem for check in checks for problem in check(protocol)), MOST_PROBLEMS))
