"""A file that cannot be read as a protocol says where and what is expected."""

import pytest

from shared.protocol.load import load_protocol
from tests.unit.protocol.conftest import HOUSE, line_of


@pytest.mark.parametrize("file", HOUSE, ids=lambda file: file.stem)
def test_the_protocols_of_this_house_are_right(file):
    assert load_protocol(file).id == file.stem


def test_a_misspelt_key_gets_the_near_miss_and_hides_the_complaint_about_the_right_one(faults):
    (fault,) = faults(("forms_within:", "forms_witin:"))
    assert fault.line == line_of("forms_within:")
    assert fault.path == "screening.forms_witin"
    assert fault.sentence == "the key 'forms_witin' is not known here; did you mean 'forms_within'?"


def test_a_fault_reads_as_file_line_path_and_sentence(faults):
    (fault,) = faults(("forms_within:", "forms_witin:"))
    assert str(fault).startswith(f"{fault.file}:{fault.line}: screening.forms_witin: the key")


def test_a_missing_key_is_named_at_the_line_of_what_lacks_it(faults):
    (fault,) = faults(("title: Dose 2, ", ""))
    assert (fault.line, fault.path, fault.sentence) == (line_of('key: "dose:2"'), "sessions[4].title", "is missing")


@pytest.mark.parametrize(
    ("old", "new", "path", "expected"),
    [
        ("forms_within: {value: PT60S", "forms_within: {value: 60", "screening.forms_within.value", "ISO-8601"),
        ("forms_within: {value: PT60S", "forms_within: {value: P1M", "screening.forms_within.value", "ISO-8601"),
        ("forms_within: {value: PT60S", "forms_within: {value: -PT60S", "screening.forms_within.value", "negative"),
        ("outcome: exclude", "outcome: exlude", "screening.rules[0].outcome", "did you mean 'exclude'?"),
        ("unit: mg/kg", "unit: g/kg", "dosing.routes[0].unit", "did you mean 'mg/kg'?"),
        ("age_years, below", "age_year, below", "screening.rules[0].when.fact", "did you mean 'age_years'?"),
        ("{condition: psychosis}", "{condition: psychosys}", "screening.rules[1].when.condition", "'psychosis'?"),
        (
            "{condition: psychosis}",
            "{unknown: psychosis}",
            "screening.rules[1].when",
            "one of the keys fact, condition",
        ),
        ("below: 18}", "below: 18, above: 3}", "screening.rules[0].when", "exactly one of"),
        ("at: {offset: PT4S}", 'at: {day: 1, time: "9am"}', "sessions[0].at.time", '"HH:MM"'),
        ("at: {offset: PT4S}", "at: {day: 1}", "sessions[0].at.time", "is missing"),
        ("at: {offset: PT4S}", "at: PT4S", "sessions[0].at", "a moment is"),
        ('key: "dose:1"', 'key: "doze:1"', "sessions[2].key", "does not have the form"),
        ('version: "1.0.0"', "version: 1.5", "version", "valid string"),
        ("maximum: 8", "maximum: eight", "cohort.size.value.maximum", "valid integer"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_expected(faults, old, new, path, expected):
    (fault,) = faults((old, new))
    assert fault.path == path
    assert fault.line == line_of(old)
    assert expected in fault.sentence


def test_several_faults_are_told_at_once_in_the_order_of_their_lines(faults):
    found = faults(("forms_within:", "forms_witin:"), ("unit: mg/kg", "unit: g/kg"))
    assert [fault.path for fault in found] == ["screening.forms_witin", "dosing.routes[0].unit"]


@pytest.mark.parametrize(
    ("content", "line", "expected"),
    [
        (b"", 1, "is empty"),
        (b"- one\n- two\n", 1, "dictionary"),
        (b"id: a\nid: b\n", 2, "the key 'id' is there twice, first on line 1"),
        (b"a: &x [1]\nb: 2\n", 1, "anchor or alias"),
        (b"a: 1\nb: *x\n", 2, "anchor or alias"),
        (b"a: 1\nb: !!python/object:os.system {}\n", 2, "tag"),
        (b"a: 1\n? [b]\n: 2\n", 2, "not a plain, short word"),
        (b"a: 1\n" + b"b" * 101 + b": 1\n", 2, "not a plain, short word"),
        (b"a: 1\n---\nb: 2\n", 2, "more than one YAML document"),
        (b"a: 1\nb: [1, 2\n", 3, "not valid YAML"),
        (b"a: 1\nb: \xff\n", 2, "not UTF-8"),
        (b"a: 1\nb: \x01\n", 2, "does not allow"),
        (b"a: " + b"[" * 40 + b"]" * 40, 1, "nested deeper"),
        (b"a: 1\n" * 60_000, 1, "larger than 256 KiB"),
    ],
)
def test_a_file_that_is_no_plain_document_is_refused(faults_in, content, line, expected):
    (fault,) = faults_in(content)
    assert expected in fault.sentence
    assert fault.line == line


def test_a_file_that_is_not_there_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(ValueError, match="cannot be read: No such file"):
        load_protocol(tmp_path / "absent.yaml")
