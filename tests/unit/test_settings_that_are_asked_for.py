"""What nobody can invent for a clinic is asked for: the service does not start without it."""

import base64
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from services.notifications.main import SERVICE
from shared.service import build
from shared.settings import Settings


def settings(**given: Any) -> Settings:
    secrets = {"database_password": "x", "nats_password": "x", "codec_key": base64.b64encode(bytes(32)).decode()}
    return Settings(service="notifications", jwks_file=Path("jwks.json"), **secrets | given)


def test_notifications_does_not_start_without_a_senders_address() -> None:
    with pytest.raises(SystemExit, match="HOMEWARD_MAIL_FROM"):
        build(SERVICE, settings())
    assert build(SERVICE, settings(mail_from="care@clinic.example"))


@pytest.mark.parametrize(
    "wrong", [{"mail_from": "care"}, {"mail_from": "Clinic <care@clinic.example>"}, {"public_url": "clinic.example"}]
)
def test_an_address_that_is_none_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        settings(**wrong)
