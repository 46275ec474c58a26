"""Generated documents cannot lie."""

from cli.docs import generate


def test_the_committed_documents_say_what_the_code_says() -> None:
    assert generate(check=True) == []
