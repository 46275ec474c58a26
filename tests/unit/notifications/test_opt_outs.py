"""Opting out, honoured at once."""

from services.notifications.domain.opt_outs import OptOut, opted_out
from shared.protocol.vocabulary import MessageCategory
from tests.unit.notifications.emails import MONDAY_MORNING

MEASURE, FORMS = MessageCategory.MEASURE, MessageCategory.FORMS


def line(out: bool, category: MessageCategory | None = None) -> OptOut:
    return OptOut("email", category, out, MONDAY_MORNING, "someone")


def test_nobody_has_opted_out_who_never_said_so() -> None:
    assert not opted_out([], MEASURE)


def test_opting_out_of_everything_covers_each_category() -> None:
    assert opted_out([line(True)], MEASURE)


def test_opting_out_of_one_category_leaves_the_others() -> None:
    assert opted_out([line(True, FORMS)], FORMS)
    assert not opted_out([line(True, FORMS)], MEASURE)


def test_the_newest_word_counts() -> None:
    assert not opted_out([line(True), line(False)], MEASURE)
    assert not opted_out([line(True), line(False, MEASURE)], MEASURE)
    assert opted_out([line(True), line(False, MEASURE)], FORMS)
    assert opted_out([line(True, MEASURE), line(False, FORMS)], MEASURE)
