"""What dies in a rehearsal, and where, is drawn from the seed."""

from collections import Counter
from itertools import islice

from chaos.plan import LONGEST, SHORTEST
from chaos.virtual import AMID, KILLED, Strike, strikes

MOVES = 700


def all_of(seed: int, kills: int) -> list[Strike]:
    return [strike for strike in islice(strikes(seed, kills, MOVES), 2 * MOVES) if strike]


def test_the_same_seed_strikes_at_the_same_moves() -> None:
    assert list(islice(strikes(7, 12, MOVES), MOVES)) == list(islice(strikes(7, 12, MOVES), MOVES))
    assert list(islice(strikes(7, 12, MOVES), MOVES)) != list(islice(strikes(8, 12, MOVES), MOVES))


def test_nothing_is_killed_a_second_time_before_everything_was() -> None:
    assert Counter(strike.target for strike in all_of(3, 12)) == dict.fromkeys(KILLED, 2)


def test_some_die_between_two_moves_and_some_amid_one() -> None:
    amid = [strike.amid for strike in all_of(3, 12)]
    assert None in amid
    assert all(0 <= after <= AMID for after in amid if after is not None)
    assert any(after is not None for after in amid)


def test_whoever_died_is_not_away_for_long() -> None:
    assert all(SHORTEST <= strike.seconds <= LONGEST for strike in all_of(5, 24))


def test_without_kills_nothing_strikes() -> None:
    assert all_of(5, 0) == []
