"""What must hold when everything is idle again, computed from the log and from the tables independently."""

from collections.abc import Callable, Iterator

from chaos.invariants import doses, mail, owed, state, stream, trail
from chaos.invariants.evidence import Evidence, Violation, gather

__all__ = ["INVARIANTS", "Evidence", "Violation", "gather", "violations"]

INVARIANTS: tuple[Callable[[Evidence], Iterator[Violation]], ...] = (
    stream.outbox_row_is_on_the_stream,
    stream.no_gap_in_a_sequence,
    stream.heard_what_was_told,
    stream.readable,
    state.facts_are_what_was_told,
    state.states_are_what_was_told,
    state.no_seat_is_held_by_somebody_who_left,
    state.asked_is_what_was_due,
    state.done_is_what_was_told,
    doses.rules_of_the_log,
    doses.dose_is_told_as_it_is_kept,
    doses.dose_has_its_proof,
    owed.everything_owed_was_closed,
    owed.told_as_it_is_kept,
    owed.nobody_is_forgotten,
    mail.nothing_owed_twice,
    mail.nothing_sent_twice,
    mail.sent_is_arrived,
    mail.dropped_is_somebodys_call,
    trail.chains_are_what_was_written,
    trail.answers_are_in_the_trail,
)


def violations(seen: Evidence) -> list[Violation]:
    """Every invariant that does not hold."""
    found = [Violation("ledger", fault) for fault in seen.ledger.faults]
    for invariant in INVARIANTS:
        found += invariant(seen)
    return found
