"""A YAML document as plain data that remembers its lines: bounded in size and depth, without anchors or tags.

Every YAML file that people write is read here, so that a word is the same word in each of them: quoted text is text,
and unquoted only `null`, `~`, `true`, `false` and decimal numbers are anything else. `on`, `no` and `1:30` are text, as
in YAML 1.2.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path as File
from reprlib import repr as shortened
from typing import Any

import yaml

MOST_BYTES = 256 * 1024
MOST_DEPTH = 32
MOST_VALUES = 10_000
LONGEST_KEY = 100

Path = tuple[str | int, ...]
"""Where something stands in a document: keys, and places in lists."""

_INTEGER = re.compile(r"[-+]?\d{1,15}")
_NUMBER = re.compile(r"[-+]?\d{1,15}\.\d{1,15}")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(frozen=True, order=True)
class Fault:
    """One fault of a file, readable as `file:line: path: sentence`."""

    file: str
    line: int
    path: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.path + ': ' if self.path else ''}{self.sentence}"


class FaultyFile(ValueError):
    """Everything wrong with a file, or with several, in the order of their lines."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(map(str, self.faults)))


class Unreadable(Exception):
    """A document that cannot be read: where, and what is expected instead."""

    def __init__(self, line: int, path: Path, sentence: str) -> None:
        super().__init__(sentence)
        self.line, self.path, self.sentence = line, path, sentence


@dataclass(frozen=True)
class Document:
    """Plain data, and the line (from 1) at which each path of it begins."""

    data: Any
    lines: dict[Path, int] = field(default_factory=dict)

    def line_of(self, path: Path) -> int:
        """The line of the path, or of what is nearest above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def fault(self, file: File, path: Path, sentence: str) -> Fault:
        """Say what is wrong at a path of this document, which was read from the file."""
        return Fault(str(file), self.line_of(path), dotted(path), sentence)


def dotted(path: Path) -> str:
    """Write a path as people do: `sessions[3].at.day`."""
    return "".join(f"[{name}]" if isinstance(name, int) else f".{name}" for name in path).removeprefix(".")


def read_document(file: File) -> Document:
    """Read the document in a UTF-8 file; raise FaultyFile."""
    try:
        return _read(file)
    except Unreadable as wrong:
        raise FaultyFile([Fault(str(file), wrong.line, dotted(wrong.path), wrong.sentence)]) from wrong


def _read(file: File) -> Document:
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable(1, (), f"cannot be read: {error.strerror}") from error
    if len(content) > MOST_BYTES:
        raise Unreadable(1, (), f"is larger than {MOST_BYTES // 1024} KiB, which no such file needs")
    try:
        return parse_document(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Unreadable(line, (), "is not UTF-8 text") from error


def parse_document(text: str) -> Document:
    """The one document in the text; raises Unreadable. Events are read one by one, so nothing can expand."""
    builder = _Builder(yaml.parse(text, Loader=yaml.CSafeLoader))
    try:
        return builder.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(mark.line + 1 if mark else 1, (), f"is not valid YAML: {error.problem}") from error
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise Unreadable(line, (), f"holds the character {error.character!r}, which YAML does not allow") from error


class _Builder:
    """Builds plain data from parser events, keeping the line of every path."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self._lines: dict[Path, int] = {}
        self._values = 0

    def document(self) -> Document:
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise Unreadable(1, (), "is empty")
        data = self._value(next(self._events), ())
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise Unreadable(_line(after), (), "holds more than one YAML document")
        return Document(data, self._lines)

    def _value(self, event: yaml.Event, path: Path) -> Any:
        self._values += 1
        if self._values > MOST_VALUES:
            raise Unreadable(_line(event), path[:1], f"holds more than {MOST_VALUES} values, which no such file needs")
        self._lines.setdefault(path, _line(event))
        _refuse_magic(event, path)
        if len(path) > MOST_DEPTH:
            raise Unreadable(_line(event), path[:4], f"is nested deeper than {MOST_DEPTH} levels")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return [self._value(item, (*path, index)) for index, item in enumerate(self._until(yaml.SequenceEndEvent))]
        assert isinstance(event, yaml.ScalarEvent)
        return _scalar(event)

    def _mapping(self, path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for event in self._until(yaml.MappingEndEvent):
            _refuse_magic(event, path)
            if not isinstance(event, yaml.ScalarEvent) or len(event.value) > LONGEST_KEY:
                raise Unreadable(_line(event), path, "has a key that is not a plain, short word")
            key = str(event.value)
            if key in mapping:
                first = self._lines[(*path, key)]
                raise Unreadable(_line(event), (*path, key), f"the key {key!r} is there twice, first on line {first}")
            self._lines[(*path, key)] = _line(event)
            mapping[key] = self._value(next(self._events), (*path, key))
        return mapping

    def _until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        for event in self._events:
            if isinstance(event, end):
                return
            yield event


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _refuse_magic(event: yaml.Event, path: Path) -> None:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise Unreadable(_line(event), path, "uses a YAML anchor or alias; write the value out")
    if tag := getattr(event, "tag", None):
        raise Unreadable(_line(event), path, f"uses the YAML tag {shortened(tag)}; write a plain value")


def _scalar(event: yaml.ScalarEvent) -> Any:
    """Quoted text stays text; unquoted, only null, true, false and plain numbers are anything else."""
    text = str(event.value)
    if event.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
