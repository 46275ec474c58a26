"""Generated documents cannot lie."""

from cli.docs import documents, generate


def test_the_committed_documents_say_what_the_code_says() -> None:
    assert generate(check=True) == []


def test_the_documents_are_the_same_each_time() -> None:
    assert documents() == documents()
