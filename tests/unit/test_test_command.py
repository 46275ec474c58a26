"""Which words of `./homeward test` are categories, and which are paths for pytest."""

import pytest

from cli.tests import split


@pytest.mark.parametrize(
    ("words", "categories", "for_pytest"),
    [
        (["unit", "-k", "held"], ["unit"], ["-k", "held"]),
        (["components/session"], [], ["tests/components/session"]),
        (["tests/components/session"], [], ["tests/components/session"]),
        (["unit/test_links.py::test_x", "-q"], [], ["tests/unit/test_links.py::test_x", "-q"]),
        (["cli/main.py"], [], ["cli/main.py"]),
        (["components/nowhere"], [], ["components/nowhere"]),
    ],
)
def test_a_path_is_found_with_and_without_its_tests_folder(
    words: list[str], categories: list[str], for_pytest: list[str]
) -> None:
    assert split(words) == (categories, for_pytest)
