"""Who is referred in an experiment, and what they do not do."""

from chaos.people.person import HABITS, Actors


def test_of_as_many_people_as_there_are_habits_each_has_another_one() -> None:
    actors = Actors(7)
    people = [actors.next() for _ in HABITS]
    odd = [bool(p.misses) + bool(p.silent) + bool(p.unsafe) + bool(p.leaves_after) for p in people]
    assert sorted(odd) == [0] + [1] * (len(HABITS) - 1)


def test_the_same_seed_refers_the_same_people() -> None:
    first, second = Actors(7), Actors(7)
    assert [first.next() for _ in range(12)] == [second.next() for _ in range(12)]
