"""The pictures of README and docs: nothing in them comes from elsewhere, and no box covers what is written."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from cli.docs import pictures

SVG = "{http://www.w3.org/2000/svg}"
DRAWN = pictures.documents()
LETTERS = {"bold": 8.4, "small": 7.0, "": 7.6}
"""Pixels of a letter, as the widest sans-serif fonts have them."""
Corners = tuple[float, float, float, float]


@pytest.mark.parametrize("path", DRAWN)
def test_a_picture_asks_nothing_from_elsewhere(path: str) -> None:
    without_names = DRAWN[path].replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?:|@import|@font-face|href|url\((?!#)", without_names)


@pytest.mark.parametrize("path", [path for path in DRAWN if "rehearsed" not in path])
def test_no_words_lie_under_a_box_or_beyond_the_picture(path: str) -> None:
    picture = ElementTree.fromstring(DRAWN[path])
    width = float(picture.attrib["viewBox"].split()[2])
    boxes = [_box(rect) for rect in picture.findall(f"{SVG}g/{SVG}rect")]
    free = [_words(text) for text in picture.findall(f"{SVG}text")]
    assert boxes
    assert [text for text, at in free for box in boxes if _meet(at, box)] == []
    assert [text for text, (left, _, right, _) in free if left < 0 or right > width] == []


@pytest.mark.parametrize("path", [path for path in DRAWN if "rehearsed" not in path])
def test_what_is_written_in_a_box_fits_into_it(path: str) -> None:
    for left, right, text, (begin, end) in _in_boxes(ElementTree.fromstring(DRAWN[path])):
        assert left <= begin, text
        assert end <= right, text


def _in_boxes(picture: ElementTree.Element) -> Iterator[tuple[float, float, str, tuple[float, float]]]:
    for group in picture.findall(f"{SVG}g"):
        rect = group.find(f"{SVG}rect")
        assert rect is not None
        left, _, right, _ = _box(rect)
        for text, (begin, _, end, _) in map(_words, group.findall(f"{SVG}text")):
            yield left, right, text, (begin, end)


def _box(rect: ElementTree.Element) -> Corners:
    x, y, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def _words(text: ElementTree.Element) -> tuple[str, Corners]:
    said, x, y = text.text or "", float(text.attrib["x"]), float(text.attrib["y"])
    width = len(said) * LETTERS[text.get("class", "")] * 0.95
    begin = x - width * {"start": 0, "middle": 0.5, "end": 1}[text.attrib["text-anchor"]]
    return said, (begin, y - 11, begin + width, y + 3)


def _meet(one: Corners, other: Corners) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
