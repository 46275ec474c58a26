"""Whom a token names, and for how long."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.auth import InvalidToken, Issuer, Verifier

NOON = datetime(2030, 1, 7, 12, tzinfo=UTC)


def test_a_token_that_was_accepted_before_is_refused_once_it_has_ended(tmp_path: Path) -> None:
    issuer = Issuer.load_or_create(tmp_path / "key.json", tmp_path / "jwks.json")
    verifier = Verifier(tmp_path / "jwks.json", "homeward-development")
    token = issuer.token("nurse-1", "facilitator", ["bc"], NOON, timedelta(hours=1))
    assert verifier.verify(token, NOON).subject == "nurse-1"
    assert verifier.verify(token, NOON + timedelta(minutes=59)).sites == ("bc",)
    with pytest.raises(InvalidToken, match="expired"):
        verifier.verify(token, NOON + timedelta(minutes=61))


def test_a_token_of_another_issuer_is_refused_however_often_it_comes(tmp_path: Path) -> None:
    for folder in ("ours", "theirs"):
        (tmp_path / folder).mkdir()
    Issuer.load_or_create(tmp_path / "ours" / "key.json", tmp_path / "ours" / "jwks.json")
    stranger = Issuer.load_or_create(tmp_path / "theirs" / "key.json", tmp_path / "theirs" / "jwks.json")
    verifier = Verifier(tmp_path / "ours" / "jwks.json", "homeward-development")
    token = stranger.token("nurse-1", "facilitator", ["bc"], NOON, timedelta(hours=1))
    for _ in range(2):
        with pytest.raises(InvalidToken):
            verifier.verify(token, NOON)
