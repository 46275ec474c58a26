"""A file made to exhaust the reader is refused at once. Memory is its peak, time the calls made: neither can flake."""

import sys
import tracemalloc
from contextlib import suppress

import pytest

from shared.document import MOST_BYTES, MOST_VALUES, FaultyFile
from shared.protocol.load import load_protocol
from tests.unit.protocol.conftest import WEEKLY6

MOST_MEMORY = 16 * 1024 * 1024
"""Weekly6 itself needs about one mebibyte."""

MOST_CALLS = 6_000_000
"""A second or two; weekly6 itself makes about half a million."""

LONGEST_ANSWER = 50_000
"""What is said about such a file is short as well."""

A_LOT = MOST_BYTES // 8


def repeated(start: bytes, piece: bytes, end: bytes = b"") -> bytes:
    """A lot of the piece: what is refused without end is refused long before."""
    return start + piece * (A_LOT // len(piece)) + end


def numbered(pattern: bytes, count: int) -> bytes:
    return b"".join(pattern % number for number in range(count))


def weekly6_with(begins: str, ends: str, content: str) -> bytes:
    text = WEEKLY6.read_text()
    return (text[: text.index(f"\n{begins}:")] + content + text[text.index(f"\n{ends}:") :]).encode()


def a_session(number: int) -> str:
    at = f'{{input: i{number}, time: "09:00"}}'
    return f'  - {{key: "dose:{1 + number % 99}", kind: dose, title: Dose, at: {at}, duration: PT1H}}\n'


HOSTILE = {
    "a million keys": (numbered(b"k%d: 1\n", 1_000_000), "larger than 256 KiB"),
    "more keys than values are allowed": (numbered(b"k%d: 1\n", 11_000), f"more than {MOST_VALUES} values"),
    "more items than values are allowed": (b"authors: [" + b"a," * 11_000 + b"]\n", f"more than {MOST_VALUES} values"),
    "more sources than values are allowed": (
        b"sources: [" + b"{}," * 11_000 + b"]\n",
        f"more than {MOST_VALUES} values",
    ),
    "hundreds of wrong sources": (b"sources: [" + b"{}," * 900 + b"]\n", "is missing"),
    "hundreds of sessions": (
        weekly6_with("sessions", "session_rules", "\nsessions:\n" + "".join(map(a_session, range(300)))),
        "has more than 200 entries",
    ),
    "flow sequences without end": (repeated(b"a: ", b"["), "nested deeper"),
    "flow sequences that do end": (b"a: " + b"[" * 33 + b"]" * 33, "nested deeper"),
    "flow mappings without end": (repeated(b"", b"{"), "not a plain, short word"),
    "block sequences without end": (repeated(b"", b"- "), "nested deeper"),
    "keys of keys": (repeated(b"", b"? "), "not a plain, short word"),
    "a billion laughs": (b"a: &a [ha, ha]\n" + numbered(b"b%d: [*a, *a, *a]\n", 9), "anchor or alias"),
    "a list that holds itself": (b"a: &a [*a]\n", "anchor or alias"),
    "a mapping that merges itself": (b"a: &a {<<: *a}\n", "anchor or alias"),
    "anchors without end": (repeated(b"", b"- - - &a [*a, *a]\n"), "anchor or alias"),
    "a very long text": (repeated(b"id: '", b"x", b"'\n"), "at most 64 characters"),
    "a very long folded text": (repeated(b"id: >\n", b"  x\n"), "at most 64 characters"),
    "a very long escaped text": (repeated(b'id: "', b"\\x41", b'"\n'), "at most 64 characters"),
    "a very long number": (repeated(b"version: ", b"9", b"\n"), "does not have the form"),
    "a very long key": (repeated(b"", b"k", b": 1\n"), "not valid YAML"),
    "a very long tag": (repeated(b"a: !", b"x", b" 1\n"), "uses the YAML tag"),
    "documents without end": (repeated(b"", b"---\n"), "more than one YAML document"),
    "directives without end": (repeated(b"", b"%A\n"), "not valid YAML"),
    "comments without end": (repeated(b"", b"#\n"), "is empty"),
    "lines without end": (repeated(b"", b"\n"), "is empty"),
    "a NUL": (b"id: a\x00b\n", "the character 0, which YAML does not allow"),
    "nothing but NUL": (repeated(b"", b"\x00"), "the character 0, which YAML does not allow"),
}


class Work:
    """Counts what Python calls between entering and leaving."""

    def __enter__(self):
        self.calls = 0
        sys.setprofile(self._count)
        return self

    def __exit__(self, *_):
        sys.setprofile(None)

    def _count(self, _frame, event, _argument):
        self.calls += event in ("call", "c_call")


@pytest.fixture
def hostile(tmp_path):
    def written(name):
        file = tmp_path / "hostile.yaml"
        file.write_bytes(HOSTILE[name][0])
        return file

    return written


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_little_memory(hostile, name):
    file, expected = hostile(name), HOSTILE[name][1]
    tracemalloc.start()
    try:
        with pytest.raises(FaultyFile) as wrong:
            load_protocol(file)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert expected in str(wrong.value)
    assert len(str(wrong.value)) < LONGEST_ANSWER
    assert peak < MOST_MEMORY


@pytest.mark.parametrize(
    "name", ["more keys than values are allowed", "more sources than values are allowed", "hundreds of wrong sources"]
)
def test_what_takes_the_reader_longest_is_refused_in_little_work(hostile, name):
    file = hostile(name)
    with Work() as work, suppress(FaultyFile):
        load_protocol(file)
    assert work.calls < MOST_CALLS
