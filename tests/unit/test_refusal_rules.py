"""The catalogue of refusals: it has each rule that the code refuses by, and no other."""

import ast
import re
from collections.abc import Iterator

import pytest

from services.session.domain.roster import Presence
from shared.migrations import ROOT
from shared.refusal_rules import BY_PART, CATALOGUE, rule_of

REFUSE = {"Refused", "ProtocolGone"}
SPEAK_AGAINST_A_DOSE = {
    "services/intake/domain/clearance.py": {"refusals"},
    "services/intake/domain/identity.py": {"refusals"},
    "services/scheduler/domain/clearance.py": {"refusals"},
    "services/integration/domain/clearance.py": {"refusals", "_measures"},
    "services/session/domain/checklist.py": {"gaps"},
    "services/session/domain/decision.py": {"authority_refusals", "_risk", "_vitals"},
    "services/session/domain/staffing.py": {"understaffed"},
}
"""The functions that return the names of rules against a dose."""
SOURCES = {
    str(file.relative_to(ROOT)): file.read_text()
    for folder in ("services", "shared")
    for file in (ROOT / folder).rglob("*.py")
    if file.parent.name != "refusal_rules"
}


def refused_by(source: str) -> Iterator[str]:
    """Yield a pattern for each rule that is refused by: its name, open where the name is put together."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[rule, *_]) if name in REFUSE:
                yield from _patterns(rule)
            case ast.Call(func=ast.Name(id="problem"), keywords=members):
                yield from (found for one in members if one.arg == "rule" for found in _patterns(one.value))


def _patterns(rule: ast.expr) -> Iterator[str]:
    match rule:
        case ast.Constant(value=str(name)):
            yield name
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "[a-z_]+" for part in parts)
        case ast.IfExp(body=one, orelse=other):
            yield from (*_patterns(one), *_patterns(other))


def named_in(source: str, functions: set[str]) -> Iterator[str]:
    """Yield the names in what these functions return; a family by its fixed part."""
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef) and function.name in functions:
            asked = {part for test in ast.walk(function) if isinstance(test, ast.Compare) for part in ast.walk(test)}
            for node in ast.walk(function):
                if isinstance(node, ast.Constant) and node not in asked and re.fullmatch(r"[a-z_:]+", str(node.value)):
                    yield str(node.value)


REFUSED = {pattern for source in SOURCES.values() for pattern in refused_by(source)}
AGAINST_A_DOSE = {
    name for file, functions in SPEAK_AGAINST_A_DOSE.items() for name in named_in(SOURCES[file], functions)
}


def test_every_rule_that_the_code_refuses_by_is_in_the_catalogue() -> None:
    assert [one for one in sorted(REFUSED) if not any(re.fullmatch(one, name) for name in CATALOGUE)] == []


def test_every_rule_that_speaks_against_a_dose_is_in_the_catalogue() -> None:
    assert [name for name in sorted(AGAINST_A_DOSE) if rule_of(name) is None] == []


def test_wherever_somebody_stands_already_is_in_the_catalogue() -> None:
    said = {name for name in BY_PART["session"] if name.startswith("already_")}
    assert said == {f"already_{stands}" for stands in Presence if stands is not Presence.EXPECTED}


@pytest.mark.parametrize("part", [part for part in BY_PART if part != "a dose"])
def test_the_catalogue_has_no_rule_that_nothing_refuses_by(part: str) -> None:
    own = f"services/{part}/" if part != "every service" else ""
    refused = {one for file, source in SOURCES.items() if file.startswith(own) for one in refused_by(source)}
    assert [name for name in BY_PART[part] if not any(re.fullmatch(one, name) for one in refused)] == []


def test_the_catalogue_has_no_rule_against_a_dose_that_nothing_names() -> None:
    said = "\n".join(SOURCES.values())
    assert [name for name in BY_PART["a dose"] if f'{name}"' not in said and f'"{name}' not in said] == []


def test_a_rule_stands_in_one_place_of_the_catalogue() -> None:
    assert len(CATALOGUE) == sum(len(rules) for rules in BY_PART.values())


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_a_rule_says_what_stands_in_the_way_and_what_to_do_in_sentences(name: str) -> None:
    rule = CATALOGUE[name]
    assert all(re.fullmatch(r"[A-Z].*[.]", sentence) for sentence in (rule.says, rule.next_act))


def test_a_family_is_found_by_what_it_leaves_open() -> None:
    assert rule_of("held:clinician_hold") is CATALOGUE["held:"]
    assert rule_of("phq9_missing") is CATALOGUE["_missing"]
    assert rule_of("verification_missing") is CATALOGUE["verification_missing"]
    assert rule_of("nobody_wrote_this") is None
