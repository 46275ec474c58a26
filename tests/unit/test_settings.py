"""The table of settings tells an administrator what each one is for."""

import pytest
from pydantic.fields import FieldInfo

from cli.docs.settings import TABLES

SETTINGS = [(name, field) for _, model in TABLES for name, field in model.model_fields.items()]


@pytest.mark.parametrize(("name", "field"), SETTINGS)
def test_every_setting_says_what_it_is_for(name: str, field: FieldInfo) -> None:
    assert field.description, f"{name} has no description"
    assert "|" not in field.description, "it would break the table"
