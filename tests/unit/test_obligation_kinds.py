"""The catalogue of obligations: complete, neutral, and honest about who hears of what."""

import ast
import json
import re
from importlib import import_module
from typing import get_args

import pytest

from shared.migrations import ROOT
from shared.obligation_kinds import CATALOGUE, HOMEWARD, Kind, kind_of
from shared.protocol import Protocol
from tests.unit.notifications.test_emails import TELLING
from tests.unit.test_who_changes_what import changes

RULES = (
    "services.intake.commands.overdue",
    "services.scheduler.commands.overdue",
    "services.session.commands.overdue",
    "services.integration.commands.overdue",
    "services.notifications.commands.overdue",
)
FIELDS = set(re.findall(r'"([a-z_]+)"', json.dumps(Protocol.model_json_schema())))


def test_the_catalogue_has_every_kind_that_a_service_opens_and_no_other() -> None:
    """A kind without a rule cannot be opened: its watch would find nothing to do when its moment comes."""
    opened = {kind for module in RULES for kind in import_module(module).RULES}
    assert opened == set(CATALOGUE) == set(get_args(Kind))


@pytest.mark.parametrize("kind", sorted(CATALOGUE))
def test_a_sentence_names_no_person_no_drug_and_nothing_clinical(kind: str) -> None:
    said = f"{kind_of(kind).to_do} {kind_of(kind).ends}"
    assert not TELLING.search(said), TELLING.search(said)
    assert re.fullmatch(r"([A-Z][^.!]*[.] ?){2,}", said)


def test_a_participant_is_asked_before_anybody_is_told_to_call_them() -> None:
    told = [stage for stage in ("open", "remind_1", "call", "overdue") if kind_of("check_in").is_announced(stage)]
    assert told == ["call", "overdue"]


def test_nobody_is_told_of_what_the_system_owes_nor_twice_of_a_page() -> None:
    silent = {kind for kind, says in CATALOGUE.items() if not says.is_announced("overdue")}
    assert silent == {"message", "page", "nobody_on_call"}
    assert CATALOGUE["message"].owner == HOMEWARD


def test_a_kind_of_a_newer_build_is_told_in_a_sentence_that_is_true_of_every_task() -> None:
    assert kind_of("not_invented_yet").is_announced("open")


def closes(command: str) -> bool:
    """Return whether a command closes an obligation, by itself or by a command of its service that it calls."""
    service, name = command.split(".")
    source = (ROOT / "services" / service / "commands" / f"{name}.py").read_text()
    if any(what == "obligations.close" for _, what in changes(source)):
        return True
    folder = f"services.{service}.commands"
    imported = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    called = {alias.name for node in imported if node.module == folder for alias in node.names}
    called |= {str(node.module).rpartition(".")[2] for node in imported if f"{node.module}.".startswith(f"{folder}.")}
    return any(closes(f"{service}.{other}") for other in called - {"commands"})


@pytest.mark.parametrize(
    ("kind", "command"), [(kind, command) for kind in sorted(CATALOGUE) for command in kind_of(kind).closed_by]
)
def test_a_command_that_closes_a_kind_is_there_and_closes_an_obligation(kind: str, command: str) -> None:
    assert closes(command), f"{kind} is not closed by {command}"


def test_every_kind_is_closed_by_a_command() -> None:
    assert [kind for kind, says in CATALOGUE.items() if not says.closed_by] == []


@pytest.mark.parametrize("kind", sorted(CATALOGUE))
def test_a_deadline_is_a_field_of_the_protocol_by_its_name_or_a_convention(kind: str) -> None:
    named = {part for path in re.findall(r"`([a-z_.]+)`", kind_of(kind).due) for part in path.split(".")}
    assert named <= FIELDS
