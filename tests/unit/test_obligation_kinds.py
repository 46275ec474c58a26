"""The catalogue of obligations: complete, neutral, and honest about who hears of what."""

import re
from importlib import import_module
from typing import get_args

import pytest

from shared.obligation_kinds import CATALOGUE, HOMEWARD, Kind, kind_of
from tests.unit.notifications.test_emails import TELLING

RULES = (
    "services.intake.commands.overdue",
    "services.scheduler.commands.overdue",
    "services.session.commands.overdue",
    "services.integration.commands.overdue",
    "services.notifications.commands.overdue",
)


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
