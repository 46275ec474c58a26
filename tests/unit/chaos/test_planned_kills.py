"""What dies in a rehearsal, and where, is drawn from the seed."""

from collections import Counter
from itertools import islice

from chaos.plan import LONGEST, SHORTEST
from chaos.virtual import AMID, KILLED, PlannedKill, planned_kills

MOVES = 700


def all_of(seed: int, kills: int) -> list[PlannedKill]:
    return [planned for planned in islice(planned_kills(seed, kills, MOVES), 2 * MOVES) if planned]


def test_the_same_seed_strikes_at_the_same_moves() -> None:
    assert list(islice(planned_kills(7, 12, MOVES), MOVES)) == list(islice(planned_kills(7, 12, MOVES), MOVES))
    assert list(islice(planned_kills(7, 12, MOVES), MOVES)) != list(islice(planned_kills(8, 12, MOVES), MOVES))


def test_nothing_is_killed_a_second_time_before_everything_was() -> None:
    assert Counter(planned.target for planned in all_of(3, 12)) == dict.fromkeys(KILLED, 2)


def test_some_die_between_two_moves_and_some_amid_one() -> None:
    amid = [planned.amid for planned in all_of(3, 12)]
    assert None in amid
    assert all(0 <= after <= AMID for after in amid if after is not None)
    assert any(after is not None for after in amid)


def test_whoever_died_is_not_away_for_long() -> None:
    assert all(SHORTEST <= planned.seconds <= LONGEST for planned in all_of(5, 24))


def test_without_kills_nothing_strikes() -> None:
    assert all_of(5, 0) == []
