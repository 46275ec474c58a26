"""Every rule of the program, checked on the event log alone: what the services think of themselves does not count."""

from collections.abc import Callable, Iterator, Sequence

from rehearsal.audit import care, dosing, states, stream, told
from rehearsal.audit.path import Path, paths
from rehearsal.audit.stream import facts_inside_a_step
from shared.events import Envelope, Event
from shared.protocol.model import Protocol

__all__ = ["facts_inside_a_step", "violations"]

ON_THE_PATH: tuple[Callable[[Path, Protocol], Iterator[str]], ...] = (
    states.never_referred,
    states.illegal_change_of_state,
    dosing.dose_without_clearance,
    dosing.dose_on_old_answers,
    dosing.dose_not_decided,
    dosing.dose_without_second_person,
    dosing.dose_while_a_circle_is_owed,
    dosing.dose_before_preparation,
    dosing.dose_before_what_it_needs,
    dosing.dose_on_a_reopened_decision,
    dosing.doses_too_close,
    dosing.dose_given_twice,
    dosing.dose_out_of_order,
    dosing.missed_dose_given_later,
    dosing.dose_outside_the_program,
    dosing.dose_while_a_risk_is_open,
    care.absence_without_remedy,
    care.review_not_opened,
    care.unheard_absence_without_a_call,
    care.left_without_safety_check_in,
    care.left_open_when_closed,
    care.correction_out_of_nothing,
    told.appointment_nobody_was_told_of,
    told.notice_dropped_without_a_call,
    told.offer_let_pass_unheard,
    told.forms_lapsed_unheard,
    told.written_to_after_a_stop,
)
IN_THE_LOG: tuple[Callable[[Sequence[Envelope[Event]]], Iterator[str]], ...] = (
    stream.event_told_twice,
    stream.gap_in_a_sequence,
    care.expected_after_leaving,
    care.obligation_without_owner,
    care.obligation_closed_out_of_nothing,
)


def violations(log: Sequence[Envelope[Event]], protocol: Protocol) -> list[str]:
    """Every rule that the log shows broken: `rule: program …: what happened`. Empty when the program was kept."""
    found = [f"{_name(rule)}: {words}" for rule in IN_THE_LOG for words in rule(log)]
    for path in paths(log):
        found += [
            f"{_name(rule)}: program {path.program_id}: {words}"
            for rule in ON_THE_PATH
            for words in rule(path, protocol)
        ]
    return found


def _name(rule: Callable[..., Iterator[str]]) -> str:
    return rule.__name__
