"""The tables of the schema `notifications`."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Identity, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData()
instant = DateTime(timezone=True)

message = Table(
    "message",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site", Text, nullable=False),
    Column("program_id", Uuid),
    Column("recipient", Text, nullable=False),
    Column("subject", Text),
    Column("text", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("reasons", ARRAY(Text), nullable=False),
    Column("about", JSONB, nullable=False),
    Column("caused_at", instant, nullable=False),
    Column("best_before", instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("not_before", instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("sending_at", instant),
    Column("carried_by", Uuid),
    Column("rule", Text),
    Column("counts_for_caps", Boolean, nullable=False),
    Column("ended_at", instant),
)

attempt = Table(
    "attempt",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("site", Text, nullable=False),
    Column("message_id", Uuid, nullable=False),
    Column("at", instant, nullable=False),
    Column("step", Text, nullable=False),
)

reason_gone = Table(
    "reason_gone",
    metadata,
    Column("site", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("gone_at", instant, nullable=False),
)

personal_calendar = Table(
    "personal_calendar",
    metadata,
    Column("program_id", Uuid, primary_key=True),
    Column("site", Text, nullable=False),
    Column("zone", Text),
    Column("turns", Integer, nullable=False),
)

session_time = Table(
    "session_time",
    metadata,
    Column("session_id", Uuid, primary_key=True),
    Column("site", Text, nullable=False),
    Column("cohort_id", Uuid, nullable=False),
    Column("program_id", Uuid),
    Column("item", Text, nullable=False),
    Column("starts_at", instant, nullable=False),
    Column("ends_at", instant, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("cancelled", Boolean, nullable=False),
)

opt_out = Table(
    "opt_out",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("site", Text, nullable=False),
    Column("program_id", Uuid, nullable=False),
    Column("channel", Text, nullable=False),
    Column("category", Text),
    Column("out", Boolean, nullable=False),
    Column("at", instant, nullable=False),
    Column("by", Text, nullable=False),
)

on_call = Table(
    "on_call",
    metadata,
    Column("site", Text, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("tiers", JSONB, nullable=False),
    Column("set_at", instant, nullable=False),
    Column("set_by", Text, nullable=False),
)

reply = Table(
    "reply",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site", Text, nullable=False),
    Column("program_id", Uuid, nullable=False),
    Column("channel", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("answers", Uuid),
    Column("received_at", instant, nullable=False),
)

task = Table(
    "task",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("deadline", instant, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("sequence", Integer, nullable=False),
)

page = Table(
    "page",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("program_id", Uuid),
    Column("item", Text, nullable=False),
    Column("tier", Integer, nullable=False),
    Column("raised_at", instant, nullable=False),
    Column("closed_at", instant),
    Column("closure", Text),
    Column("acknowledged_by", Text),
)
