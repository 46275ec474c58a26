"""What breaks is drawn from the seed, and nothing is left out."""

from collections import Counter

from chaos.plan import KILLED, LONGEST, SHORTEST, plan


def test_the_same_seed_breaks_the_same_things_for_as_long() -> None:
    assert list(plan(7, 16)) == list(plan(7, 16))
    assert list(plan(7, 16)) != list(plan(8, 16))


def test_every_process_is_killed_before_one_is_killed_again_too_often() -> None:
    killed = Counter(fault.target for fault in plan(3, 40) if fault.kind == "kill")
    assert killed == dict.fromkeys(KILLED, 5)


def test_every_kind_of_fault_comes_by_turns() -> None:
    kinds = Counter(fault.kind for fault in plan(3, 16))
    assert set(kinds) == {"kill", "freeze", "stall", "cut", "repeat", "delete_consumer", "wipe"}


def test_nothing_stays_broken_for_long() -> None:
    assert all(SHORTEST <= fault.seconds <= LONGEST for fault in plan(5, 32))


def test_a_plan_can_be_of_some_kinds_at_some_targets_alone() -> None:
    only = list(plan(7, 5, ("kill",), ("temporal",)))
    assert [(fault.kind, fault.target) for fault in only] == [("kill", "temporal")] * 5
