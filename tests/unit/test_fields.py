"""Text that people fill in reads as it is written: what cannot be seen is refused, not a spelling of a name."""

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.fields import Email, Line, Name, Phone, Prose, Reference

name, line, prose = TypeAdapter(Name), TypeAdapter(Line), TypeAdapter(Prose)


@pytest.mark.parametrize(
    "given",
    [
        "Ada",
        "Zoë",
        "O’Neill-Sørensen",
        "Nguyễn Thị Minh Khai",
        "李小龍",
        "محمد",
        "علی\u200cرضا",  # a Persian name is spelt with the non-joiner
        "ක්\u200dරිස්ටීන්",  # a Sinhala one with the joiner, after a virama
        "X Æ A-12",
    ],
)
def test_a_name_of_any_script_is_taken(given: str) -> None:
    assert name.validate_python(f" {given} ") == given


def test_two_ways_of_writing_one_letter_are_one_name() -> None:
    assert name.validate_python("Zoe\u0308") == name.validate_python("Zo\u00eb")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("Ada\u200b", "U+200B, zero width space"),
        ("\u202eada", "U+202E, right-to-left override"),
        ("Ada\u2066", "U+2066, left-to-right isolate"),
        ("A\u00adda", "U+00AD, soft hyphen"),
        ("A\nda", "U+000A, a control character"),
        ("A\u2028da", "U+2028, line separator"),
        ("\u3164", "U+3164, hangul filler"),
        ("A\ufe0fda", "U+FE0F, variation selector-16"),
        ("A\U000e0041da", "U+E0041, tag latin capital letter a"),
        ("A\u200dda", "U+200D, zero width joiner"),
        ("\u200cAda", "U+200C, zero width non-joiner"),
        ("\ud800", "string_unicode"),
        ("\ue000", "U+E000, no name"),
        ("---", "there is no letter in it"),
        ("\u00a0", "at least 1 character"),
        ("x" * 101, "at most 100 characters"),
    ],
)
def test_a_name_that_does_not_read_as_it_is_written_is_refused(given: str, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        name.validate_python(given)
    assert said in str(refused.value)


def test_a_reason_has_lines_and_emoji_and_no_hidden_direction() -> None:
    text = "Seen by Dr. Ek.\n\tWell ❤️ 👩\u200d⚕️"
    assert prose.validate_python(text) == text
    with pytest.raises(ValidationError, match="right-to-left override"):
        prose.validate_python("raise\u202e the dose")
    with pytest.raises(ValidationError, match="cannot be seen"):
        line.validate_python("two\nlines")


def test_addresses_numbers_and_codes_have_one_form() -> None:
    email, phone, reference = TypeAdapter(Email), TypeAdapter(Phone), TypeAdapter(Reference)
    assert phone.validate_python("+1 (604) 555-0123") == "+16045550123"
    for adapter, wrong in (
        (email, "a..b@example.org"),
        (phone, "604 555 0123"),
        (reference, "R 01"),
        (reference, "R\n"),
    ):
        with pytest.raises(ValidationError, match="expected"):
            adapter.validate_python(wrong)
