"""A backup in the middle of a program, put into a new data folder: everybody goes on from there to their end."""

import gzip
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

import pytest

from cli.running import wire
from embedded.endpoints import UNFINISHED
from embedded.errors import EmbeddedError
from embedded.stack import Stack
from operations.backup.manifest import Copied, Manifest
from operations.backup.restoring import Restored, restore
from operations.backup.streams import event_ids
from operations.backup.taking import take
from operations.discrepancies import Discrepancy, Repair
from operations.inspection import Inspector, read_database
from operations.stream import OnStream
from rehearsal import audit
from rehearsal.event_tail import EventTail
from rehearsal.ledger import Ledger, observing, read_ledger
from rehearsal.virtual_time.broker import Broker
from shared.events import Envelope, Event, integration, scheduler, session
from shared.protocol.library import ProtocolLibrary
from shared.relay import STREAM
from tests.lib import servers
from tests.lib.brisk import Group, Person
from tests.lib.short import SHORT, write_short

pytestmark = pytest.mark.long

STAYS, MISSES = Person("K-1"), Person("K-2", misses=frozenset({"circle:1"}))
TOO_LATE = Person("K-3")
PAUSE = 75
STARTS_IN = timedelta(seconds=6)
WITHIN, OVER_WITHIN = 30, 150
"""Seconds: deadlines of a test, where each is reached in a fraction of it."""
PUBLISHED_MEANWHILE = 7


@dataclass(frozen=True)
class Copy:
    """The backup of a program, and what had been heard of it before."""

    folder: Path
    manifest: Manifest
    ids: dict[Person, UUID]
    heard: list[Envelope[Event]]


@dataclass(frozen=True)
class GoneOn:
    """A program that began in one place and ended in another."""

    data: Path
    copy: Copy
    restored: Restored
    ready_in: float
    group: Group
    ledger: Ledger
    discrepancies: list[Discrepancy]
    known: set[UUID]
    on_stream: frozenset[UUID]
    violations: list[Any]


@pytest.fixture(scope="module")
async def gone_on() -> AsyncIterator[GoneOn]:
    async with servers.temporary_folder() as folder:
        protocols = write_short(folder / "protocols", PAUSE)
        copy = await _until_the_backup(folder, protocols)
        _lose_the_newest(copy.folder, PUBLISHED_MEANWHILE)
        began = monotonic()
        restored = await restore(copy.folder, folder / "new", protocols, lambda _: None)
        async with Stack(folder / "new", virtual=False, protocols=protocols) as stack:
            yield await _to_the_end(stack, copy, restored, monotonic() - began)


async def _until_the_backup(folder: Path, protocols: Path) -> Copy:
    """Everybody is dosed and asked how they are. Then somebody is referred whom the backup does not know."""
    async with Stack(folder / "old", virtual=False, protocols=protocols) as stack:
        group = Group(stack.endpoints, stack.issuer)
        async with EventTail.open(stack.endpoints, group.hear):
            await group.set_who_is_on_call()
            ids = {person: await group.refer(person, SHORT) for person in (STAYS, MISSES)}
            await group.heard(scheduler.StateChanged, 2, state="waiting", within=WITHIN)
            await group.open_cohort(SHORT, STARTS_IN)
            await group.heard(integration.CheckInClosed, 2, closure="answered", within=WITHIN)
            async with wire(stack.data, "observer") as wired:
                await group.mail_is_out(Broker(wired), within=WITHIN)
            heard = list(group.log)
            manifest = await take(stack.endpoints, folder / "backup", lambda _: None)
            await group.refer_without_forms(TOO_LATE, SHORT)
            await group.close()
    return Copy(folder / "backup", manifest, ids, heard)


def _lose_the_newest(backup: Path, count: int) -> None:
    """As if these events had been published between the copy of the stream and the dump of the database."""
    manifest = Manifest.load(backup)
    stream, file = manifest.streams[STREAM], backup / manifest.streams[STREAM].file.name
    with gzip.open(file, "rt") as kept:
        lines = kept.readlines()[:-count]
    with gzip.open(file, "wt") as shorter:
        shorter.writelines(lines)
    shortened = stream.model_copy(update={"file": Copied.of(file), "messages": len(lines)})
    manifest.model_copy(update={"streams": manifest.streams | {STREAM: shortened}}).save(backup)


async def _to_the_end(stack: Stack, copy: Copy, restored: Restored, ready_in: float) -> GoneOn:
    group = Group(stack.endpoints, stack.issuer)
    group.people = {id: person for person, id in copy.ids.items()}
    acted_on = {told.id for told in copy.heard}

    def hear(told: Envelope[Event]) -> None:
        group.log.append(told) if told.id in acted_on else group.hear(told)

    async with EventTail.open(stack.endpoints, hear):
        try:
            await group.heard(scheduler.CohortClosed, within=OVER_WITHIN)
            async with wire(stack.data, "observer") as wired, observing(stack.endpoints) as connection:
                await group.mail_is_out(Broker(wired), within=WITHIN)
                ledger = await read_ledger(connection, datetime.now(UTC))
                on_stream = await OnStream().read(wired)
            async with Inspector.open(stack.endpoints) as inspector:
                discrepancies = await inspector.look_twice()
            known = {sent.event_id for sent in (await read_database(stack.endpoints))[0]}
        finally:
            await group.close()
    violations = audit.violations(list(group.log), ProtocolLibrary(copy.folder.with_name("protocols")).latest(SHORT))
    return GoneOn(stack.data, copy, restored, ready_in, group, ledger, discrepancies, known, on_stream, violations)


async def test_everybody_of_the_backup_comes_to_their_end(gone_on: GoneOn) -> None:
    states = {person.reference: person.state for person in gone_on.ledger.people}
    assert states == {"K-1": "completed", "K-2": "completed"}
    assert gone_on.ledger.balanced, gone_on.ledger.faults
    assert gone_on.ledger.still_owed == []


async def test_what_happened_before_is_not_done_again_and_no_rule_is_broken(gone_on: GoneOn) -> None:
    assert gone_on.violations == []
    for id in gone_on.copy.ids.values():
        doses = gone_on.group.all_of(session.DoseAdministered, program_id=id)
        assert [told.data.item for told in doses] == ["dose:1"]
    absent = gone_on.group.all_of(integration.AttendanceRecorded, item="make_up:circle:1", status="attended")
    assert [told.data.program_id for told in absent] == [gone_on.copy.ids[MISSES]]


async def test_what_was_published_after_the_stream_was_copied_is_published_again(gone_on: GoneOn) -> None:
    assert gone_on.restored.put_right[Repair.PUBLISH] == PUBLISHED_MEANWHILE
    assert {told.id for told in gone_on.copy.heard} <= gone_on.on_stream
    assert gone_on.on_stream == gone_on.known
    assert gone_on.discrepancies == []


async def test_every_open_row_is_started_again(gone_on: GoneOn) -> None:
    assert gone_on.restored.put_right[Repair.START] >= len(gone_on.copy.ids) + 1


async def test_the_recovery_point_and_time_are_said(gone_on: GoneOn) -> None:
    assert gone_on.copy.manifest.snapshot.people == {"active": 2}
    assert gone_on.restored.age > 0
    assert 0 < gone_on.restored.seconds < gone_on.ready_in < WITHIN * 2
    newest = max(told.time for told in gone_on.copy.heard)
    assert newest <= gone_on.copy.manifest.recovery_point


async def test_a_data_folder_that_holds_anything_is_refused(gone_on: GoneOn) -> None:
    with pytest.raises(EmbeddedError, match="is not empty"):
        await restore(gone_on.copy.folder, gone_on.data, gone_on.data.parent / "protocols", lambda _: None)


async def test_a_cohort_whose_protocol_is_not_here_is_refused(gone_on: GoneOn) -> None:
    other = gone_on.data.parent / "other"
    write_short(other, PAUSE + 1)
    with pytest.raises(EmbeddedError, match=r"short@1\.0\.0"):
        await restore(gone_on.copy.folder, gone_on.data.parent / "never", other, lambda _: None)
    assert not (gone_on.data.parent / "never").exists()


async def test_names_are_for_nobody_elses_eyes(gone_on: GoneOn) -> None:
    assert os.stat(gone_on.copy.folder).st_mode & 0o077 == 0
    assert not (gone_on.data / UNFINISHED).exists()
    assert event_ids(gone_on.copy.folder / f"{STREAM}.jsonl.gz") < gone_on.on_stream
