"""The scheduler's tables, as its migrations make them."""

from sqlalchemy import Column, Date, DateTime, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()


def _watched() -> list[Column[object]]:
    return [
        Column("revision", Integer, nullable=False),
        Column("settled_revision", Integer, nullable=False),
        Column("settled_at", DateTime(timezone=True)),
        Column("wake_at", DateTime(timezone=True)),
        Column("closed_at", DateTime(timezone=True)),
    ]


cohort = Table(
    "cohort",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site", Text, nullable=False),
    Column("protocol_id", Text, nullable=False),
    Column("protocol_version", Text, nullable=False),
    Column("protocol_hash", Text, nullable=False),
    Column("inputs", JSONB, nullable=False),
    Column("theme", Text),
    Column("capacity", Integer, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("zone", Text, nullable=False),
    Column("calendar_revision", Integer, nullable=False),
    Column("cancelled_at", DateTime(timezone=True)),
    *_watched(),
)

program = Table(
    "program",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site", Text, nullable=False),
    Column("protocol_id", Text, nullable=False),
    Column("cohort_id", Uuid),
    Column("state", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("waiting_since", DateTime(timezone=True)),
    Column("offers_expired", Integer, nullable=False),
    *_watched(),
)

program_fact = Table(
    "program_fact",
    metadata,
    Column("program_id", Uuid, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("site", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("data", JSONB, nullable=False),
)

seat = Table(
    "seat",
    metadata,
    Column("cohort_id", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("site", Text, nullable=False),
    Column("program_id", Uuid),
    Column("state", Text, nullable=False),
    Column("expires_at", DateTime(timezone=True)),
)

calendar_session = Table(
    "calendar_session",
    metadata,
    Column("session_id", Uuid, primary_key=True),
    Column("cohort_id", Uuid, nullable=False),
    Column("site", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("announced_at", DateTime(timezone=True)),
    Column("dropped_at", DateTime(timezone=True)),
)

protocol_version = Table(
    "protocol_version",
    metadata,
    Column("site", Text, primary_key=True),
    Column("protocol_id", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("span_hash", Text),
    Column("known_at", DateTime(timezone=True), nullable=False),
    Column("release", JSONB(none_as_null=True)),
)

sign_off = Table(
    "sign_off",
    metadata,
    Column("site", Text, primary_key=True),
    Column("protocol_id", Text, primary_key=True),
    Column("hash", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("value", JSONB, nullable=False),
    Column("reason", Text, nullable=False),
    Column("signature", JSONB, nullable=False),
    Column("signed_at", DateTime(timezone=True), nullable=False),
)

amendment = Table(
    "amendment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site", Text, nullable=False),
    Column("cohort_id", Uuid, nullable=False),
    Column("from_version", Text, nullable=False),
    Column("to_version", Text, nullable=False),
    Column("to_hash", Text, nullable=False),
    Column("inputs", JSONB, nullable=False),
    Column("revisions", JSONB, nullable=False),
    Column("reason", Text, nullable=False),
    Column("signature", JSONB, nullable=False),
    Column("applied_at", DateTime(timezone=True), nullable=False),
)
