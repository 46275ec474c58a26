"""What somebody who answers a mail wrote themself, and what it asks for."""

import pytest

from services.notifications.domain.message import Recipient
from services.notifications.domain.replies import EVERYTHING, Wish, answered, is_ambiguous, own_words, stoppable, wish
from shared.protocol.vocabulary import MessageCategory
from tests.unit.notifications.emails import a_message

GMAIL = "On Tue, Jan 8, 2030 at 10:00 AM Harbour Clinic <care@clinic.example> wrote:"
FOLDED = "On Tue, Jan 8, 2030 at 10:00 AM Harbour Clinic, British Columbia <\ncare@clinic.example> wrote:"
FRENCH = "Le mar. 8 janv. 2030 à 10:00, Harbour Clinic <care@clinic.example> a écrit :"
QUOTED = "> Hello,\n>\n> To stop messages like this one, reply STOP.\n"
HEADERS = "From: Harbour Clinic <care@clinic.example>\nSent: Tuesday, January 8, 2030 10:00 AM\nSubject: x\n\nHello,\n"
ENTETES = "De : Harbour Clinic <care@clinic.example>\nEnvoyé : mardi 8 janvier 2030 10:00\nObjet : x\n\nHello,\n"


@pytest.mark.parametrize(
    "below",
    [
        "",
        f"\n\n{GMAIL}\n\n{QUOTED}",
        f"\n\n{FOLDED}\n\n{QUOTED}",
        f"\n\n{FRENCH}\n\n{QUOTED}",
        f"\n\n> {FRENCH}\n{QUOTED}",
        f"\n\n{GMAIL}\nHello,\n\nTo stop messages like this one, reply STOP.",
        f"\n\n-----Original Message-----\n{HEADERS}",
        f"\n\n-----Message d'origine-----\n{ENTETES}",
        f"\n\n________________________________\n{HEADERS}",
        f"\n\n{HEADERS}",
        f"\n\n{ENTETES}",
        "\n-- \nAda Example\n+1 604 555 0123",
        "\n--\nAda Example",
        "\n\nSent from my iPhone",
        "\n\nEnvoyé de mon iPhone",
        "\n\nGet Outlook for Android",
    ],
)
def test_what_stands_above_a_quotation_or_a_signature_is_read(below: str) -> None:
    for line_end in ("\n", "\r\n"):
        text = f"STOP{below}".replace("\n", line_end)
        assert own_words(text) == "STOP"
        assert wish(text) is Wish.STOP


def test_what_stands_below_a_marked_quotation_is_read_too() -> None:
    assert own_words(f"{GMAIL}\n{QUOTED}\nSTOP") == "STOP"
    assert own_words(f"{QUOTED}\nSTOP") == "STOP"


def test_a_sentence_that_only_looks_like_a_quotation_stays() -> None:
    said = "I am not well.\nOn Monday I called and\nnobody answered. From: here on I stop."
    assert own_words(said) == said


@pytest.mark.parametrize(
    "text",
    [
        *("STOP", "stop", " Quit. ", "END", "revoke", "opt out", "Opt-out", "OPT  OUT", "cancel", "unsubscribe!"),
        *("Stop. Thank you", "Please stop", "stop, thanks!", "Hello, STOP please"),
        *("ARRET", "Arrêt", "arrêter", "ARRÊTEZ", "Désabonner", "Me désabonner", "désinscription", "Arrêt, merci"),
        *("ARRÊT s'il vous plaît", "ARRE\u0302T", "STOP svp"),
    ],
)
def test_the_words_of_both_languages_stop_messages(text: str) -> None:
    assert wish(text) is Wish.STOP


@pytest.mark.parametrize("text", ["STOPALL", "Stop all", "stop-all", "STOP ALL. Thanks", "Arrêt tout", "Tout arrêter"])
def test_all_messages_are_stopped_by_words_of_their_own(text: str) -> None:
    assert wish(text) is Wish.STOP_ALL


@pytest.mark.parametrize(
    "text",
    ["", "please do not stop", "I cannot come", "stopping by", "Stop\nworrying about me", "Non", "I want it to end"],
)
def test_other_answers_stop_nothing(text: str) -> None:
    assert wish(text) is None


def test_an_empty_answer_is_read_by_its_subject() -> None:
    """Mail programs that unsubscribe by mail send a subject and nothing else."""
    assert wish("", "STOP") is Wish.STOP
    assert wish("I cannot come", "STOP") is None
    assert wish("", "Re: Your appointment on Tuesday 8 January, 10:00") is None


def test_cancel_may_be_meant_for_an_appointment() -> None:
    assert is_ambiguous("Cancel please")
    assert not is_ambiguous("STOP")


def test_a_bare_stop_stops_what_its_mail_is_and_no_word_stops_a_safety_check_in() -> None:
    reminder = a_message(category=MessageCategory.SESSION_REMINDER)
    safety = a_message(category=MessageCategory.SAFETY_CHECK_IN)
    staff = a_message(category=MessageCategory.STAFF_TASK, recipient=Recipient.FACILITATOR)
    assert stoppable((reminder, safety)) == {MessageCategory.SESSION_REMINDER}
    assert not stoppable((safety,))
    assert not stoppable((staff,))
    assert MessageCategory.SAFETY_CHECK_IN not in EVERYTHING
    assert MessageCategory.SESSION_REMINDER in EVERYTHING


def test_our_message_is_known_by_its_message_id() -> None:
    message = a_message()
    assert answered(f"<{message.id}@clinic.example>") == str(message.id)
    assert answered("<CAF=xyz@mail.gmail.com>") is None
    assert answered("") is None


@pytest.mark.parametrize("text", ["On " * 3000, "-" * 9999, "> " * 5000, "\n" * 9999, "On\n" * 3000, "_" * 9999])
def test_a_long_answer_is_read_at_once(text: str) -> None:
    assert wish(text) is None
