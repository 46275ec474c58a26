"""The JSON Schema by which an editor completes and checks a protocol file."""

import re
from pathlib import Path

import jsonschema_rs
import pytest

from cli.docs.protocols import SCHEMA, schema
from shared.document import read_document
from shared.protocol.base import Part
from shared.protocol.model import Protocol

ROOT = Path(__file__).parents[2]
FILES = sorted([*(ROOT / "protocols").glob("*.yaml"), *(ROOT / "rehearsal/compressed_time/protocols").glob("*.yaml")])
WEEKLY6 = ROOT / "protocols" / "weekly6.yaml"


@pytest.fixture(scope="module")
def editor():
    return jsonschema_rs.validator_for(schema())


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_it_accepts_every_protocol_of_this_house(editor, file):
    assert [error.message for error in editor.iter_errors(read_document(file).data)] == []


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_every_protocol_file_tells_an_editor_where_it_is(file):
    first = file.read_text().splitlines()[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert named, f"{file.name} begins with {first!r}"
    assert (file.parent / named[1]).resolve() == ROOT / SCHEMA


@pytest.mark.parametrize(
    ("says", "old", "new"),
    [
        ("a misspelt key", "forms_within:", "forms_witin:"),
        ("a misspelt key deep in a rule", "{condition: cystitis}", "{conditon: cystitis}"),
        ("a bare number for a duration", "min_interval: {value: P6D", "min_interval: {value: 6"),
        ("a duration without its unit", "min_interval: {value: P6D", 'min_interval: {value: "6"'),
        ("a duration in months", "forms_within: {value: P14D", "forms_within: {value: P1M"),
        ("a negative duration where there is none", "forms_within: {value: P14D", "forms_within: {value: -P14D"),
        ("a word that is not one of a few", "outcome: exclude", "outcome: exlude"),
        ("a condition that is no key", "condition: glaucoma", "condition: Glaucoma"),
        ("a unit that is not known", "unit: mg/kg", "unit: g/kg"),
        ("a time of day that there is not", 'begins: "21:00"', 'begins: "24:00"'),
        ("a session without its kind", 'key: "dose:1", kind: dose, ', 'key: "dose:1", '),
        ("a key of a session that is no key", 'key: "dose:1"', 'key: "doze:1"'),
        ("a rule without source", "says: Breastfeeding.\n      source: S4 item 4", "says: Breastfeeding."),
        ("a count of nothing", "max_offers: {value: 3", "max_offers: {value: 0"),
        ("a moment that is none", 'at: {day: 15, time: "09:00"}', "at: {day: 15}"),
    ],
)
def test_it_refuses(editor, tmp_path, says, old, new):
    text = WEEKLY6.read_text()
    assert old in text
    (tmp_path / "changed.yaml").write_text(text.replace(old, new, 1))
    assert not editor.is_valid(read_document(tmp_path / "changed.yaml").data), says


def test_every_key_says_what_it_is():
    """An editor shows the description where the key is written; the same words are used when a value changes."""
    parts = {Protocol} | {part for part in _parts(Part) if part.__module__.startswith("shared.protocol")}
    silent = [
        f"{part.__name__}.{name}"
        for part in parts - {Part}
        for name, field in part.model_fields.items()
        if not field.description and not part.__module__.startswith("shared.protocol.differences")
    ]
    assert silent == []


def _parts(part):
    for below in part.__subclasses__():
        yield below
        yield from _parts(below)
