"""Commands in the documents are what the command line understands."""

import pytest

from cli.documented import wrong_commands


@pytest.mark.parametrize(
    "text",
    [
        "`./homeward demo --protocol ed4`",
        "`./homeward COMMAND --help`",
        "`./homeward amend apply`",
        "`./homeward test unit -q -k held`",
        "```sh\n./homeward audit head > heads.json   # keep it\n./homeward audit verify --heads heads.json\n```",
        "```sh\n./homeward amend preview --cohort ID \\\n  --to 1.1.0\n```",
        "```sh\n./homeward secrets && ./homeward smoke --compose\n```",
    ],
)
def test_what_the_command_line_understands_is_fine(text: str) -> None:
    assert list(wrong_commands(text)) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("`./homeward dmo`", "Did you mean 'demo'?"),
        ("`./homeward protocol shwo weekly6`", "there is no command 'shwo'"),
        ("`./homeward demo --protocl ed4`", "'--protocl' is not understood"),
        ("`./homeward ledger now`", "'now' is not understood"),
        ("`./homeward token --role nurse --site bc`", "'nurse' is no role"),
        ("```sh\n./homeward amend preview --to 1.1.0\n```", "cohort is missing"),
        ("```sh\n./homeward up\n./homeward restore --data new\n```", "folder is missing"),
    ],
)
def test_what_it_does_not_understand_is_named(text: str, wrong: str) -> None:
    [said] = wrong_commands(text)
    assert wrong in said
