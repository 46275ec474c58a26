"""The page of settings tells an administrator of each one, and what it is for."""

import re
import subprocess
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from cli.docs.settings import TABLES, page

CHECKOUT = Path(__file__).resolve().parents[2]
SETTINGS = [(name, field) for _, model in TABLES for name, field in model.model_fields.items()]
BETWEEN_OUR_OWN_PROCESSES = {"HOMEWARD_ADMIN_DATABASE_URL"}
"""Handed from shared/migrations.py to Alembic's environment in the same process: nobody sets it."""


@pytest.mark.parametrize(("name", "field"), SETTINGS)
def test_every_setting_says_what_it_is_for(name: str, field: FieldInfo) -> None:
    assert field.description, f"{name} has no description"
    assert "|" not in field.description, "it would break the table"


def test_the_page_names_every_variable_that_anything_in_the_repository_reads() -> None:
    found = subprocess.run(
        ["git", "grep", "-hoE", r"\bHOMEWARD_[A-Z_]*[A-Z]\b", "--", ".", ":!tests", ":!docs/settings.md"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    told = set(re.findall(r"^\| `(HOMEWARD_\w+)", page(), re.MULTILINE))
    logins = {name for name in found.stdout.split() if name.startswith("HOMEWARD_NATS_PASSWORD_")}
    assert set(found.stdout.split()) - logins - BETWEEN_OUR_OWN_PROCESSES <= told
