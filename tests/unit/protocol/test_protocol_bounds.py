"""Every bound of a protocol for people is asked for, on both sides; none is asked of a compressed one."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from shared.protocol.checks.safety import values_at
from shared.protocol.load import load_protocol
from shared.protocol.model import Protocol
from shared.protocol.safety import BOUNDS
from shared.protocol.spans import CalendarDays, iso
from tests.unit.protocol.conftest import BRISK, WEEKLY6

PROTOCOL = load_protocol(WEEKLY6)
STEP = {int: 1, timedelta: timedelta(seconds=1), CalendarDays: timedelta(days=1)}


def with_value(path, value):
    """The default protocol with another value at a path, as plain data."""
    data = here = PROTOCOL.model_dump(mode="json", by_alias=True)
    for name in path[:-1]:
        here = here[name]
        here = here["value"] if isinstance(here, dict) and "value" in here else here
    plain = value
    if isinstance(value, timedelta):
        plain = f"P{value.days}D" if value % timedelta(days=1) == timedelta(0) else iso(value)
    held = here[path[-1]]
    if isinstance(held, dict) and "value" in held:
        held["value"] = plain
    else:
        here[path[-1]] = plain
    return data


def sentences(data):
    with pytest.raises(ValidationError) as wrong:
        Protocol.model_validate(data)
    return [problem.sentence for error in wrong.value.errors() for problem in error.get("ctx", {}).get("problems", ())]


@pytest.mark.parametrize("bound", BOUNDS, ids=[bound.path for bound in BOUNDS])
def test_more_than_the_most_is_a_fault_with_its_reason_and_source(bound):
    path, value = next(values_at(PROTOCOL, bound.path))
    said = sentences(with_value(path, bound.most + STEP[type(value)]))
    assert any(f"{bound.because} ({bound.source})" in sentence for sentence in said), said


SOME = [
    bound for bound in BOUNDS if bound.least > STEP[type(next(value for _, value in values_at(PROTOCOL, bound.path)))]
]


@pytest.mark.parametrize("bound", SOME, ids=[bound.path for bound in SOME])
def test_less_than_the_least_is_a_fault_with_its_reason_and_source(bound):
    path, value = next(values_at(PROTOCOL, bound.path))
    said = sentences(with_value(path, bound.least - STEP[type(value)]))
    assert any(f"{bound.because} ({bound.source})" in sentence for sentence in said), said


def test_the_brisk_program_is_for_machines_and_would_be_refused_for_people(tmp_path):
    assert load_protocol(BRISK).compressed
    data = load_protocol(BRISK).model_dump(mode="json", by_alias=True)
    assert any("two hours of monitoring" in sentence for sentence in sentences(data | {"compressed": False}))
