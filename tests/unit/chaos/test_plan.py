"""What breaks is drawn from the seed, and nothing is left out."""

from collections import Counter
from typing import get_args

from chaos.plan import KILLED, LONGEST, SHORTEST, Kind, plan
from shared.events import SERVICES


def test_the_same_seed_breaks_the_same_things_for_as_long() -> None:
    assert list(plan(7, 16)) == list(plan(7, 16))
    assert list(plan(7, 16)) != list(plan(8, 16))


def test_every_process_is_killed_before_one_is_killed_again_too_often() -> None:
    killed = Counter(fault.target for fault in plan(3, 40) if fault.kind == "kill")
    assert killed == dict.fromkeys(KILLED, 5)


def test_every_kind_of_fault_comes_by_turns() -> None:
    kinds = Counter(fault.kind for fault in plan(3, 16))
    assert set(kinds) == set(get_args(Kind))


def test_what_a_machine_does_not_allow_is_left_out_and_nothing_else() -> None:
    kinds = {fault.kind for fault in plan(3, 16, without=["full_disk"])}
    assert kinds == set(get_args(Kind)) - {"full_disk"}


def test_each_service_is_run_by_another_build_beside_it_and_instead_of_it() -> None:
    built = {(fault.kind, fault.target) for fault in plan(3, 80) if fault.kind.startswith("build_")}
    assert built == {(kind, service) for kind in ("build_beside", "build_instead") for service in SERVICES}


def test_nothing_stays_broken_for_long() -> None:
    assert all(SHORTEST <= fault.seconds <= LONGEST for fault in plan(5, 32))


def test_a_plan_can_be_of_some_kinds_at_some_targets_alone() -> None:
    only = list(plan(7, 5, ("kill",), ("temporal",)))
    assert [(fault.kind, fault.target) for fault in only] == [("kill", "temporal")] * 5
