"""An amendment is shown before it is made, and does exactly what was shown: nothing of the past, nobody half."""

from datetime import datetime
from typing import Any

import asyncpg
import httpx
import pytest

from services.scheduler.commands import apply_amendment
from shared.events import Event
from shared.events import scheduler as told
from shared.events.base import ProtocolPin
from shared.protocol.load import load_protocol
from tests.components.scheduler.conftest import DAY, HOUR, Clinic, Cohort, Person, problem

NEXT, PAST, STOP = "1.1.0", "1.2.0", "1.3.0"
NAME = {"name": "Dr. Imani Reyes", "meaning": "I have read the differences and approve them."}


class Ward:
    """A cohort of a clinic in its third week, one dose given, and whoever changes its protocol."""

    def __init__(self, clinic: Clinic, people: list[Person]) -> None:
        self.clinic, self.people = clinic, people
        self.cohort: Cohort = people[0].cohort
        self.path = f"/cohorts/{self.cohort.id}/amendments"

    async def signs(self) -> httpx.AsyncClient:
        return self.clinic.as_("prescriber", authenticated_at=await self.clinic.scheduler.now())

    async def release(self, version: str) -> httpx.Response:
        protocol = load_protocol(self.clinic.scheduler.run.settings.protocols / f"amendable6-{version}.yaml")
        body = {"site": self.clinic.site, "content_hash": protocol.content_hash, "signature": NAME}
        body |= {"author": "A. Author", "reason": "a last circle was asked for"}
        signer = await self.signs()
        return await signer.post(f"/protocols/amendable6/versions/{version}/release", json=body)

    async def preview(self, version: str = NEXT) -> httpx.Response:
        await self.clinic.scheduler.until_idle()
        coordinator = self.clinic.as_("coordinator")
        return await coordinator.post(f"{self.path}/preview", json={"to_version": version})

    async def apply(self, shown: dict[str, Any], **changed: Any) -> httpx.Response:
        body = {name: shown[name] for name in ("to_version", "revisions", "content_hash")}
        body |= {"reason": "a last circle was asked for", "signature": NAME} | changed
        signer = await self.signs()
        return await signer.post(self.path, json=body)

    async def amend(self) -> dict[str, Any]:
        shown = (await self.preview()).json()
        answer = await self.apply(shown)
        assert answer.status_code == 201, answer.text
        return shown

    async def live_on(self, until: datetime) -> None:
        """Everybody is dosed when a dose begins, comes to every circle and answers every questionnaire at once."""
        scheduler, done = self.clinic.scheduler, set()
        while (now := await scheduler.now()) < until:
            coming = until
            for person in self.people:
                for item in await self._ahead(person):
                    at = datetime.fromisoformat(item["at"])
                    if at > now:
                        coming = min(coming, at)
                    elif (person.id, item["item"]) not in done:
                        done.add((person.id, item["item"]))
                        await self._live(person, item, at)
            await scheduler.skip(coming)

    async def _ahead(self, person: Person) -> list[dict[str, Any]]:
        """What is next, asked while the scheduler is idle."""
        return list((await self.clinic.as_("coordinator").get(person.path)).json()["next"])

    async def _live(self, person: Person, item: dict[str, Any], at: datetime) -> None:
        match item["kind"]:
            case "dose":
                await person.attends(item["item"])
                await person.is_dosed(item["item"], at)
            case "circle" | "preparation":
                await person.attends(item["item"])
            case "measure":
                await person.completes(item["item"])
            case "check_in":
                await person.check_in_ends(item["item"])


@pytest.fixture
async def young_ward(clinic: Clinic) -> Ward:
    """The cohort before its start."""
    clinic.protocol_id = "amendable6"
    return Ward(clinic, await clinic.members(2, version="1.0.0"))


@pytest.fixture
async def ward(young_ward: Ward) -> Ward:
    await young_ward.live_on(young_ward.cohort.start("dose:2") - 3 * DAY)
    return young_ward


def by_item(shown: dict[str, Any], person: Person) -> dict[str, dict[str, Any]]:
    [found] = [one for one in shown["programs"] if one["program_id"] == str(person.id)]
    return {change["item"]: change for change in found["changes"]}


async def test_a_preview_shows_and_signs_a_clinical_difference_that_moves_nothing(young_ward: Ward) -> None:
    shown = (await young_ward.preview(STOP)).json()
    assert [program["changes"] for program in shown["programs"]] == [[], []]
    [stop] = [one for one in shown["differences"] if one["section"] != "the protocol"]
    assert ("160" in stop["sentence"], "150" in stop["sentence"]) == (True, True)
    assert shown["released"] is False
    signed = shown["content_hash"]
    assert (await young_ward.release(STOP)).status_code == 201
    again = (await young_ward.preview(STOP)).json()
    assert (again["released"], again["content_hash"]) == (True, signed)
    assert (await young_ward.apply(again)).status_code == 201


async def test_a_preview_shows_what_would_be_added_moved_dropped_or_gated_and_changes_nothing(ward: Ward) -> None:
    assert (await ward.release(NEXT)).status_code == 201
    before = [await person.shown() for person in ward.people]
    heard = len(ward.clinic.scheduler.tail.all_of(Event))
    shown = (await ward.preview()).json()
    changed = by_item(shown, ward.people[0])

    kinds = {item: change["change"] for item, change in changed.items()}
    assert (kinds["circle:5"], kinds["circle:9"], kinds["circle:11"]) == ("moved", "dropped", "added")
    assert (kinds["reminder:circle:5:1"], kinds["reminder:circle:9:1"]) == ("moved", "dropped")
    assert kinds["reminder:circle:11:1"] == "added"
    assert kinds["dose:6"] == "re_gated"
    assert {item for item in kinds if item.startswith("check_in:")} == {f"check_in:dose:{n}:72h" for n in range(2, 7)}
    moved = changed["circle:5"]
    assert datetime.fromisoformat(moved["after"]["at"]) - datetime.fromisoformat(moved["before"]["at"]) == DAY

    assert [await person.shown() for person in ward.people] == before
    assert len(ward.clinic.scheduler.tail.all_of(Event)) == heard


async def test_what_happens_then_is_what_was_shown_item_by_item(ward: Ward) -> None:
    await ward.release(NEXT)
    shown = await ward.amend()
    planned = {person.id: await person.ahead() for person in ward.people}
    await ward.live_on(ward.cohort.start("circle:10") + 8 * DAY)
    for person in ward.people:
        happened = await everything_told(ward, person)
        for item, change in by_item(shown, person).items():
            assert happened.get(item) == (change["after"] and datetime.fromisoformat(change["after"]["at"])), item
        for item, unchanged in planned[person.id].items():
            if item in happened and item not in by_item(shown, person):
                assert happened[item] == datetime.fromisoformat(unchanged["at"]), item


async def everything_told(ward: Ward, person: Person) -> dict[str, datetime]:
    """When each item of a person was announced for, by what the scheduler told; reminders when they were told."""
    scheduler, found = ward.clinic.scheduler, {}
    for due in await scheduler.all_heard(told.SessionDue, cohort_id=ward.cohort.id):
        found[due.data.item] = due.data.starts_at
    for check_in in await scheduler.all_heard(told.CheckInDue, program_id=person.id):
        found[check_in.data.item] = check_in.data.due_at
    for measure in await scheduler.all_heard(told.MeasureDue, program_id=person.id):
        found[measure.data.item] = measure.data.opens_at
    for reminder in await scheduler.all_heard(told.ReminderDue, program_id=person.id):
        assert reminder.data.item not in found
        found[reminder.data.item] = reminder.time.replace(second=0, microsecond=0)
    return found


async def test_the_others_hear_of_it_and_a_room_stays_booked_where_its_time_stays(ward: Ward) -> None:
    await ward.release(NEXT)
    first = {one.data.item: one.data for one in await booked(ward)}
    await ward.amend()
    for person in ward.people:
        amended = await ward.clinic.scheduler.heard(told.ProgramAmended, program_id=person.id)
        assert amended.data.protocol.version == NEXT
    [gone] = await ward.clinic.scheduler.all_heard(told.SessionCancelled, cohort_id=ward.cohort.id)
    assert gone.data.session_id == first["circle:9"].session_id
    again = {one.data.item: one.data for one in await booked(ward) if one.data.calendar_revision == 2}
    assert set(again) == {item for item in {**first, "circle:11": None} if item not in SEEN} - {"circle:9"}
    assert all(one.protocol.version == NEXT for one in again.values())
    for item in set(again) - {"circle:11"}:
        assert again[item].session_id == first[item].session_id
        assert (again[item].starts_at == first[item].starts_at) == (item != "circle:5")


SEEN = {"preparation:1", "preparation:2", "dose:1", "circle:1"}


async def booked(ward: Ward) -> list[Any]:
    return await ward.clinic.scheduler.all_heard(told.SessionBooked, cohort_id=ward.cohort.id)


async def test_the_same_application_again_answers_the_same_and_does_nothing_more(young_ward: Ward) -> None:
    await young_ward.release(NEXT)
    shown = (await young_ward.preview()).json()
    first, second = await young_ward.apply(shown), await young_ward.apply(shown)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert len(await young_ward.clinic.scheduler.all_heard(told.ProgramAmended)) % 2 == 0
    for person in young_ward.people:
        assert len(await young_ward.clinic.scheduler.all_heard(told.ProgramAmended, program_id=person.id)) == 1
        kinds = [fact["kind"] for fact in (await person.shown())["facts"]]
        assert kinds.count("amended") == 1


async def test_an_amendment_computed_before_something_happened_is_refused(ward: Ward) -> None:
    await ward.release(NEXT)
    shown = (await ward.preview()).json()
    await ward.people[0].is_absent("dose:2", excused=True)
    await ward.clinic.scheduler.until_idle()
    refused = await ward.apply(shown)
    assert problem(refused) == (409, "stale", "revisions")
    assert str(ward.people[0].id) in refused.json()["detail"]
    assert (await ward.apply((await ward.preview()).json())).status_code == 201


async def test_the_past_cannot_be_amended(ward: Ward) -> None:
    await ward.release(PAST)
    refused = await ward.preview(PAST)
    assert problem(refused) == (409, "past_would_change", "to_version")
    assert "dose:1" in refused.json()["detail"]


async def test_what_is_not_signed_here_is_refused_and_so_is_a_signer_who_did_not_just_authenticate(
    young_ward: Ward,
) -> None:
    shown = (await young_ward.preview()).json()
    assert problem(await young_ward.apply(shown)) == (422, "version_not_released", "version")
    await young_ward.release(NEXT)
    body = {name: shown[name] for name in ("to_version", "revisions", "content_hash")}
    body |= {"reason": "a last circle was asked for", "signature": NAME}
    long_ago = await young_ward.clinic.as_("prescriber").post(young_ward.path, json=body)
    assert problem(long_ago) == (409, "re_authentication", None)
    coordinator = young_ward.clinic.as_("coordinator", authenticated_at=await young_ward.clinic.scheduler.now())
    assert problem(await coordinator.post(young_ward.path, json=body)) == (403, "role", None)


async def test_a_release_is_kept_with_author_reason_differences_and_signature(young_ward: Ward) -> None:
    kept = (await young_ward.release(NEXT)).json()["release"]
    assert (kept["author"], kept["from_version"]) == ("A. Author", "1.0.0")
    assert {"name", "by", "role", "at", "authenticated_at", "meaning", "hash"} <= set(kept["signature"])
    assert any("circle" in str(one).lower() for one in kept["differences"])
    assert problem(await young_ward.release(NEXT)) == (409, "already_known", "version")
    listed = (await young_ward.clinic.as_("auditor").get("/protocols/amendable6/versions")).json()["items"]
    assert [one["version"] for one in listed] == ["1.0.0", NEXT]
    assert listed[0]["release"] is None
    assert listed[1]["release"] == kept


async def test_a_check_in_whose_new_time_has_passed_is_dropped_and_the_preview_says_so(ward: Ward) -> None:
    """1.1.0 asks 48 hours after a dose instead of 72: 60 hours after, neither time is left."""
    await ward.release(NEXT)
    await ward.clinic.scheduler.skip(ward.cohort.start("dose:2"))
    for person in ward.people:
        await person.attends("dose:2")
        await person.is_dosed("dose:2", ward.cohort.start("dose:2"))
    await ward.clinic.scheduler.skip(60 * HOUR)
    shown = await ward.amend()
    assert by_item(shown, ward.people[0])["check_in:dose:2:72h"]["change"] == "dropped"
    await ward.clinic.scheduler.skip(DAY)
    due = await ward.clinic.scheduler.all_heard(told.CheckInDue, program_id=ward.people[0].id)
    assert "check_in:dose:2:72h" not in {one.data.item for one in due}


async def test_who_dies_in_the_middle_leaves_nobody_half_amended_and_applying_again_finishes_it(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ward.release(NEXT)
    shown = (await ward.preview()).json()
    noted, note = [], apply_amendment._note

    async def dies_at_the_second(work: Any, program_id: Any, *rest: Any) -> None:
        noted.append(program_id)
        if len(noted) == 2:
            raise ConnectionError("the scheduler is gone")
        await note(work, program_id, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(apply_amendment, "_note", dies_at_the_second)
        assert (await ward.apply(shown)).status_code == 503
    assert len(noted) == 2
    assert (await ward.preview()).json() == shown
    assert await ward.clinic.scheduler.all_heard(told.ProgramAmended, cohort_id=ward.cohort.id) == []
    assert (await ward.apply(shown)).status_code == 201
    assert len(await ward.clinic.scheduler.all_heard(told.ProgramAmended, cohort_id=ward.cohort.id)) == 2


async def test_a_version_has_one_content_for_ever(young_ward: Ward) -> None:
    """Somebody edits a protocol that a cohort used, and keeps its version number."""
    admin, site = young_ward.clinic.scheduler.admin, young_ward.clinic.site
    await admin.execute(
        "insert into protocol_version (site, protocol_id, version, hash, known_at)"
        " values ($1, 'weekly6', '1.0.0', $2, $3)",
        *(site, "0" * 64, await young_ward.clinic.scheduler.now()),
    )
    refused = await young_ward.clinic.post_cohort(protocol_id="weekly6")
    assert problem(refused) == (409, "version_changed", "version")
    asking6 = load_protocol(young_ward.clinic.scheduler.run.settings.protocols / "asking6.yaml")
    await admin.execute(
        "insert into protocol_version (site, protocol_id, version, hash, span_hash, known_at)"
        " values ($1, $2, $3, $4, $5, $6)",
        *(site, "asking6", asking6.version, asking6.content_hash, "0" * 64, await young_ward.clinic.scheduler.now()),
    )
    refused = await young_ward.clinic.post_cohort(protocol_id="asking6", inputs={"closing_day": 86})
    assert problem(refused) == (409, "version_changed", "version")
    assert "24 hours" in refused.json()["detail"]
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await admin.execute("update protocol_version set hash = $1 where site = $2", "1" * 64, site)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await admin.execute("delete from amendment")


async def test_a_newer_file_opens_no_cohort_before_it_is_released(clinic: Clinic) -> None:
    clinic.protocol_id = "amendable6"
    assert problem(await clinic.post_cohort()) == (409, "no_released_version", "protocol_id")
    first = (await clinic.post_cohort(version="1.0.0")).json()
    heard = await clinic.scheduler.all_heard(told.VersionReleased, protocol=_pin_of(first))
    assert [one.site for one in heard].count(clinic.site) == 1
    later = await clinic.monday(at_least=60 * DAY)
    assert (await clinic.post_cohort(starts_on=later)).json()["protocol_version"] == "1.0.0"


def _pin_of(cohort: dict[str, Any]) -> ProtocolPin:
    return ProtocolPin(id=cohort["protocol_id"], version=cohort["protocol_version"], hash=cohort["protocol_hash"])
