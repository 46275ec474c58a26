"""What an older build wrote is there, and readable, once today's migrations have run over it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest

from embedded.endpoints import Secrets
from services.intake.domain.referral import State as Referred
from services.integration.domain.measures import Measure
from services.integration.storage.rows import read
from services.notifications.domain.message import MessageState, Recipient
from services.scheduler.domain.facts import FactKind, ProgramFact
from services.scheduler.domain.history import History
from services.scheduler.domain.standing import state
from services.session.domain.roster import Presence
from shared.events.base import ProtocolPin
from shared.migrations import migrate
from shared.program_states import LEFT
from shared.projection.participant import Participant
from shared.protocol.load import load_protocol
from shared.protocol.vocabulary import MessageCategory
from shared.provision import provision_roles
from tests.lib.stack import PostgresServer, provisioning_for

ROOT = Path(__file__).parents[2]
ROWS = ROOT / "tests" / "data" / "older_databases"
REVISIONS = {"intake": "0003", "scheduler": "0004", "session": "0004", "integration": "0004", "notifications": "0004"}
"""The newest migration of each service in the build that wrote the rows."""
KEPT = {
    "session": ("member", "program_id, site, cohort_id, left_as"),
    "integration": (
        "member",
        "program_id, site, state, state_sequence, cohort_id, protocol_id, protocol_version, protocol_sequence",
    ),
    "notifications": (
        "standing",
        "program_id, site, state, state_sequence, cohort_id, protocol_id, protocol_version, seat_sequence",
    ),
}
"""The table in which a service kept participants before they had one table everywhere, and what of it is kept."""
COURSE = """
update intake.referral set pin_sequence = 4 where reference = 'E-02';
insert into intake.course (event_id, program_id, site, known_at, sequence, state)
    select gen_random_uuid(), program_id, site, '2027-02-01', told.sequence, told.state
    from intake.referral, (values (5, 'active'), (7, 'withdrawn'), (6, 'active')) as told(sequence, state)
    where reference = 'E-02';
"""
BETWEEN = {"intake": ("0008", COURSE)}
"""What a service kept only from a later migration on, which those rows are too old for."""
RENAMED = {"left_as": "state"}
ED4 = load_protocol(ROOT / "protocols" / "ed4.yaml")


@pytest.fixture(scope="module")
async def provisioned(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Any]:
    nats: Any = SimpleNamespace(url="nats://nobody.asks")
    secrets = Secrets.load_or_create(tmp_path_factory.mktemp("older"))
    provisioning = provisioning_for(postgres_server, nats, secrets)
    await provision_roles(provisioning)
    connection = await asyncpg.connect(
        host=postgres_server.host,
        port=postgres_server.port,
        user=postgres_server.user,
        password=postgres_server.password,
        database=provisioning.database_name,
    )
    try:
        yield connection, provisioning.admin_url(provisioning.database_name)
    finally:
        await connection.close()


@pytest.mark.parametrize("service", REVISIONS)
async def test_rows_of_an_older_build_are_kept_and_can_be_read(provisioned: tuple[Any, Any], service: str) -> None:
    database, url = provisioned
    await asyncio.to_thread(migrate, service, url, REVISIONS[service])
    await database.execute((ROWS / f"{service}.sql").read_text())
    if service in BETWEEN:
        later, added = BETWEEN[service]
        await asyncio.to_thread(migrate, service, url, later)
        await database.execute(added)
    before = await counts(database, service)
    assert sum(before.values()) > 50
    table, columns = KEPT.get(service, ("", ""))
    participants = await rows(database, service, table, columns) if table else set()
    await asyncio.to_thread(migrate, service, url)
    after = await counts(database, service)
    if table:
        after[table] = after["participant"]
        now = ", ".join(RENAMED.get(column, column) for column in columns.split(", "))
        assert await rows(database, service, "participant", now) == participants
    assert {table: after[table] for table in before} == before
    await READABLE[service](database)


async def rows(database: asyncpg.Connection, service: str, table: str, columns: str) -> set[tuple[Any, ...]]:
    return {tuple(row) for row in await database.fetch(f"select {columns} from {service}.{table}")}


async def counts(database: asyncpg.Connection, service: str) -> dict[str, int]:
    tables = await database.fetch("select tablename from pg_tables where schemaname = $1", service)
    names = sorted(row["tablename"] for row in tables)
    return {name: await database.fetchval(f'select count(*) from {service}."{name}"') for name in names}


async def read_intake(database: asyncpg.Connection) -> None:
    assert {Referred(row["state"]) for row in await database.fetch("select state from intake.referral")} >= {
        Referred.ELIGIBLE,
        Referred.EXCLUDED,
    }
    [row] = await database.fetch("select * from intake.participant")
    followed = await database.fetchrow("select * from intake.referral where reference = 'E-02'")
    kept = read(Participant, row)
    assert (kept.program_id, kept.state, kept.state_sequence) == (followed["program_id"], "withdrawn", 7)
    pin = {"id": "protocol_id", "version": "protocol_version", "hash": "protocol_hash"}
    assert kept.pin == ProtocolPin(**{name: followed[column] for name, column in pin.items()})
    assert kept.protocol_sequence == 4


async def read_scheduler(database: asyncpg.Connection) -> None:
    """Each program's facts still lead to the state that it was in."""
    for program in await database.fetch("select id, state from scheduler.program"):
        rows = await database.fetch(
            "select * from scheduler.program_fact where program_id = $1 order by revision", program["id"]
        )
        facts = [
            ProgramFact(row["revision"], FactKind(row["kind"]), row["item"], row["at"], json.loads(row["data"]))
            for row in rows
        ]
        assert facts
        assert state(ED4, History.of(facts)) == program["state"]


async def read_session(database: asyncpg.Connection) -> None:
    presences = {Presence(row["state"]) for row in await database.fetch("select state from session.roster")}
    assert presences >= {Presence.DISCHARGED}
    assert await database.fetchval("select count(*) from session.dose") == 5


async def read_integration(database: asyncpg.Connection) -> None:
    members = [read(Participant, row) for row in await database.fetch("select * from integration.participant")]
    measures = [read(Measure, row) for row in await database.fetch("select * from integration.measure")]
    assert not any(member.state in LEFT for member in members)
    assert {member.pin is None for member in members if member.protocol_id} == {False}
    assert {measure.closure for measure in measures} == {"completed", "missed"}
    assert all(measure.wall.key for measure in measures)


async def read_notifications(database: asyncpg.Connection) -> None:
    rows = await database.fetch("select state, category, recipient from notifications.message")
    assert {MessageState(row["state"]) for row in rows} >= {MessageState.SENT}
    assert {MessageCategory(row["category"]) for row in rows} >= {MessageCategory.MEASURE}
    assert {Recipient(row["recipient"]) for row in rows} >= {Recipient.PARTICIPANT}
    zones = await database.fetch("select zone, turns from notifications.personal_calendar where zone is not null")
    assert {(row["zone"], row["turns"]) for row in zones} == {("America/Vancouver", 0)}


READABLE: dict[str, Callable[[asyncpg.Connection], Any]] = {
    "intake": read_intake,
    "scheduler": read_scheduler,
    "session": read_session,
    "integration": read_integration,
    "notifications": read_notifications,
}
