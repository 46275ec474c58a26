"""The tables. Only a referral's state, pin and revision ever change; every other row is added and stays."""

from datetime import datetime

from sqlalchemy import ARRAY, Boolean, Column, Date, DateTime, Integer, MetaData, Table, Text, Uuid

from services.intake.domain.decision import Signed
from services.intake.domain.referral import Pin

metadata = MetaData()


def _instant(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True))


def _texts(*names: str) -> list[Column[object]]:
    return [Column(name, Text) for name in names]


def _table(name: str, *columns: Column[object]) -> Table:
    return Table(name, metadata, Column("program_id", Uuid), Column("site", Text), *columns)


PIN = ("protocol_id", "protocol_version", "protocol_hash")

referral = _table(
    "referral",
    *_texts("reference", "reference_key", *PIN, "received_by", "state"),
    _instant("referred_at"),
    _instant("received_at"),
    Column("revision", Integer),
)
person = _table(
    "person",
    Column("revision", Integer),
    *_texts("given_name", "family_name", "email", "phone", "zone", "recorded_by", "match_name"),
    Column("date_of_birth", Date),
    _instant("recorded_at"),
)
disclosure = _table("disclosure", Column("id", Uuid), *_texts("purpose", "disclosed_to", "role"), _instant("at"))
answers = _table(
    "answers",
    Column("version", Integer),
    Column("complete", Boolean),
    *_texts("content", "sha256", "given_by", "role"),
    _instant("given_at"),
)
evaluation = _table(
    "evaluation",
    Column("revision", Integer),
    Column("answers_version", Integer),
    *_texts(*PIN, "suggested"),
    _instant("evaluated_at"),
)
finding = _table(
    "finding",
    Column("revision", Integer),
    Column("position", Integer),
    *_texts("about", "rule_id", "outcome", "says", "source"),
)
decision = _table(
    "decision",
    Column("revision", Integer),
    *_texts("decision", "reason", "override_reason", *PIN, "signed_by", "role", "meaning", "sha256"),
    Column("overridden", ARRAY(Text)),
    Column("answers_version", Integer),
    _instant("valid_until"),
    _instant("signed_at"),
)
reopening = _table("reopening", Column("revision", Integer), *_texts("cause", "by"), _instant("at"))
agreement = _table(
    "agreement",
    Column("revision", Integer),
    *_texts("kind", "act", "signed_by", "role", "meaning", "sha256"),
    _instant("signed_at"),
)


released = Table("released", metadata, *_texts("site", *PIN), _instant("known_at"))
course = _table(
    "course",
    Column("event_id", Uuid),
    *_texts("state"),
    Column("sequence", Integer),
    _instant("known_at"),
    _instant("dosed_at"),
)
identity_finding = _table(
    "identity_finding",
    Column("revision", Integer),
    *_texts("finding", "signed_by", "role", "meaning", "sha256"),
    Column("others", ARRAY(Uuid)),
    _instant("signed_at"),
)


def pin_columns(pin: Pin) -> dict[str, str]:
    return dict(zip(PIN, (pin.id, pin.version, pin.hash), strict=True))


def signed_columns(signed: Signed) -> dict[str, str | datetime]:
    return {
        "signed_by": signed.subject,
        "role": signed.role,
        "signed_at": signed.at,
        "meaning": signed.meaning,
        "sha256": signed.sha256,
    }
