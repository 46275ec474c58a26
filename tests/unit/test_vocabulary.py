"""A word that is added to a vocabulary cannot fall in silence into what was meant for another one."""

import ast
from enum import StrEnum
from pathlib import Path
from typing import Literal, get_args
from uuid import UUID

import pytest

from services.notifications.domain.message import Recipient
from services.scheduler.domain.agenda import agenda
from services.scheduler.domain.facts import FactKind
from services.session.api.models import StaffRole
from shared.auth import READERS, ROLES, Principal
from shared.protocol.items import missed_session, session_kind
from shared.protocol.vocabulary import ON_SITE, Role
from shared.vocabulary import those, total
from tests.unit.scheduler.histories import WEEKLY6, Facts, member, plan

ROOT = Path(__file__).parents[2]
Two = Literal["dose", "leaving"]


class Shade(StrEnum):
    LIGHT = "light"
    DARK = "dark"


def test_a_table_of_every_word_is_what_it_was() -> None:
    assert total(Two, {"dose": 1, "leaving": 2}) == {"dose": 1, "leaving": 2}
    assert total(Shade, {Shade.LIGHT: 1, Shade.DARK: 2}) == {"light": 1, "dark": 2}


@pytest.mark.parametrize(("vocabulary", "known"), [(Two, "dose"), (Shade, Shade.LIGHT)])
def test_a_table_that_says_nothing_of_a_word_is_refused(vocabulary: object, known: str) -> None:
    with pytest.raises(TypeError, match="says nothing of"):
        total(vocabulary, {known: 1})
    with pytest.raises(TypeError, match="says nothing of"):
        those(vocabulary, are=(known,), are_not=())


def test_a_word_of_another_vocabulary_is_refused() -> None:
    with pytest.raises(TypeError, match="no words of its vocabulary"):
        total(Two, {"dose": 1, "leaving": 2, "light": 3})


def test_those_of_a_vocabulary_are_the_ones_that_were_named() -> None:
    assert those(Two, are=("leaving",), are_not=("dose",)) == {"leaving"}


def test_a_check_in_after_leaving_gives_way_to_no_dose() -> None:
    """The cohort goes on to its doses; whoever left is asked all the same."""
    asked = WEEKLY6.check_ins.model_copy(
        update={
            "asked": tuple(one.model_copy(update={"coalesce_with_next_dose": True}) for one in WEEKLY6.check_ins.asked)
        }
    )
    calendar = plan()
    left = calendar.sessions["dose:1"].starts_at
    facts: Facts = member(calendar).tell(FactKind.LEFT, "program", left, how="withdrawn")
    ahead = agenda(WEEKLY6.model_copy(update={"check_ins": asked}), calendar, facts.history)
    assert [item.key for item in ahead] == ["check_in:safety"]


FIELDS = {"follows", "answer", "unit", "effect", "movement"}
"""Fields of a protocol, and of the register of substances, that hold one of a few words."""
TOLD = {"outcome", "closure", "rule", "why", "suggested", "suggests", "relatedness", "route"}
"""Fields of what was decided, told or found: how a task ends, why a message is not sent, what needs repair."""


def compared_with_one_word(tree: ast.AST) -> list[int]:
    """The lines on which such a field is compared with one word, so that every other, a new one too, is the rest."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and isinstance(node.left, ast.Attribute)
        and node.left.attr in FIELDS | TOLD
        and not _is_column(node.left)
        and any(isinstance(word, ast.Constant) and isinstance(word.value, str) for word in _words(node.comparators))
    ]


def _is_column(field: ast.Attribute) -> bool:
    """Whether rows are asked for by a word (`table.c.closure`): those with another one are not meant."""
    return isinstance(field.value, ast.Attribute) and field.value.attr == "c"


def _words(compared: list[ast.expr]) -> list[ast.expr]:
    """What is compared with, also where it stands in a tuple, a list or a set."""
    several = ast.Tuple | ast.List | ast.Set
    return [word for one in compared for word in (one.elts if isinstance(one, several) else [one])]


@pytest.mark.parametrize("room", ["services", "shared", "cli", "rehearsal"])
def test_a_word_of_a_vocabulary_is_matched_and_never_compared_with_one_other(room: str) -> None:
    found = {
        f"{file.relative_to(ROOT)}:{line}"
        for file in (ROOT / room).rglob("*.py")
        for line in compared_with_one_word(ast.parse(file.read_text()))
    }
    assert found == set(), "write a match, or a table with `shared.vocabulary.total`"


def test_a_comparison_of_a_field_is_found_and_one_of_a_column_is_not() -> None:
    found = compared_with_one_word(ast.parse('told.rule == "cap"\nmessage.c.rule == "cap"\none.route in ("IM", "IV")'))
    assert found == [1, 3]


def test_whoever_may_own_a_task_logs_in_by_that_role_and_hears_of_it() -> None:
    assert set(Role) < set(ROLES)
    assert set(Recipient) == {*Role, "participant"}


def test_a_protocol_asks_on_site_for_those_whom_the_session_lets_say_so() -> None:
    assert set(get_args(StaffRole)) == ON_SITE < set(Role)


def test_the_glossary_says_what_each_role_is() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text()
    assert [role for role in ROLES if f"| {role.replace('_', ' ')} |" not in glossary] == []


def test_staff_speak_for_everybody_a_participant_for_themself_and_an_integrator_for_nobody() -> None:
    own, another = UUID(int=1), UUID(int=2)
    heard = {role: [Principal(str(own), role, ("bc",)).speaks_for(id) for id in (own, another)] for role in ROLES}
    assert (heard.pop("participant"), heard.pop("integrator")) == ([True, False], [False, False])
    assert all(all(said) for said in heard.values())


def test_a_medical_director_signs_protocols_and_reads_nobody() -> None:
    assert "medical_director" not in READERS


@pytest.mark.parametrize(
    ("item", "kind", "missed"),
    [
        ("dose:3", "dose", "dose:3"),
        ("make_up:circle:3", "circle", "circle:3"),
        ("make_up:preparation:1:2", "preparation", "preparation:1"),
    ],
)
def test_a_session_is_known_by_its_key_and_a_make_up_by_what_it_makes_up(item: str, kind: str, missed: str) -> None:
    assert (session_kind(item), missed_session(item)) == (kind, missed)


@pytest.mark.parametrize("item", ["check_in:dose:3:24h", "doses:3", "make_up:", ""])
def test_what_is_no_session_has_no_kind_of_one(item: str) -> None:
    with pytest.raises(ValueError, match="SessionKind"):
        session_kind(item)
