"""A medical director signs one flagged value of a version off at a site: for this content alone, and for ever."""

from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from services.scheduler.storage import sign_offs
from shared.protocol.load import load_protocol
from tests.components.scheduler.conftest import HOUR, Clinic, problem

PATH = "dosing.weight_dated_within"
FILES = {"1.0.0": "amendable6.yaml", "1.1.0": "amendable6-1.1.0.yaml"}
NAME = {"name": "Dr. Imani Reyes", "meaning": "I have reviewed and accept this value."}


class Office:
    """The medical director of a clinic, with a login of their own."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic

    def path(self, version: str = "1.0.0") -> str:
        return f"/protocols/amendable6/versions/{version}/sign-offs"

    async def signs(self, path: str, version: str = "1.0.0", role: Any = "medical_director", **changed: Any) -> Any:
        now = await self.clinic.scheduler.now()
        files = self.clinic.scheduler.run.settings.protocols
        body = {"site": self.clinic.site, "path": path, "reason": "as our policy says", "signature": NAME}
        body |= {"content_hash": load_protocol(files / FILES[version]).content_hash} | changed
        return await self.clinic.as_(role, authenticated_at=now).post(self.path(version), json=body)

    async def standing(self, version: str = "1.0.0") -> dict[str, Any]:
        asked = await self.clinic.as_("auditor").get(self.path(version), params={"site": self.clinic.site})
        assert asked.status_code == httpx.codes.OK, asked.text
        return dict(asked.json())


@pytest.fixture
def office(clinic: Clinic) -> Office:
    return Office(clinic)


async def test_a_value_that_is_signed_off_no_longer_counts_and_its_record_is_kept(office: Office) -> None:
    before = await office.standing()
    assert PATH in before["unsigned"]
    assert (await office.signs(PATH)).status_code == httpx.codes.CREATED
    after = await office.standing()
    assert after["unsigned"] == [path for path in before["unsigned"] if path != PATH]
    [kept] = after["signed"]
    assert (kept["path"], kept["value"]["source"], kept["reason"]) == (PATH, "conv", "as our policy says")
    assert (kept["signature"]["role"], kept["signature"]["hash"]) == ("medical_director", after["hash"])
    assert problem(await office.signs(PATH)) == (409, "already_signed_off", "path")


async def test_another_version_starts_with_none_of_its_values_signed_off(office: Office) -> None:
    await office.signs(PATH)
    assert PATH in (await office.standing("1.1.0"))["unsigned"]


async def test_only_a_medical_director_who_has_just_logged_in_signs_off(office: Office) -> None:
    assert problem(await office.signs(PATH, role="prescriber"))[:2] == (403, "role")
    stale = await office.clinic.scheduler.now() - HOUR
    body = {"site": office.clinic.site, "path": PATH, "reason": "as our policy says", "signature": NAME}
    body["content_hash"] = (await office.standing())["hash"]
    late = await office.clinic.as_("medical_director", authenticated_at=stale).post(office.path(), json=body)
    assert problem(late)[:2] == (409, "re_authentication")


async def test_what_is_not_flagged_or_was_read_in_another_file_is_not_signed_off(office: Office) -> None:
    assert problem(await office.signs("dosing.weight_dated")) == (422, "not_flagged", "path")
    assert problem(await office.signs(PATH, content_hash="0" * 64)) == (409, "other_content", "content_hash")


async def test_a_sign_off_is_a_row_of_the_audit_trail_and_cannot_be_altered(office: Office) -> None:
    await office.signs(PATH)
    await office.signs(PATH, role="prescriber")
    database = office.clinic.scheduler.database
    rows = await database.fetch(
        "select role, outcome from audit where site = $1 order by position, id", office.clinic.site
    )
    assert [tuple(row) for row in rows] == [("medical_director", "accepted"), ("prescriber", "refused")]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await office.clinic.scheduler.admin.execute("update sign_off set reason = 'another'")


async def test_a_release_keeps_which_values_were_not_signed_off_then(office: Office) -> None:
    clinic = office.clinic
    clinic.protocol_id = "amendable6"
    await clinic.open_cohort(version="1.0.0")
    await office.signs(PATH, version="1.1.0")
    standing = await office.standing("1.1.0")
    body = {"site": clinic.site, "content_hash": standing["hash"], "author": "A. Author", "reason": "a last circle"}
    signer = clinic.as_("prescriber", authenticated_at=await clinic.scheduler.now())
    path = "/protocols/amendable6/versions/1.1.0/release"
    kept = (await signer.post(path, json=body | {"signature": NAME})).json()["release"]
    assert kept["unsigned"] == standing["unsigned"]
    assert PATH not in kept["unsigned"]


async def test_days_where_hours_were_signed_off_are_another_value(office: Office, tmp_path: Path) -> None:
    assert (await office.signs(PATH)).status_code == httpx.codes.CREATED
    signed = office.clinic.scheduler.run.settings.protocols / FILES["1.0.0"]
    edited = tmp_path / "edited.yaml"
    edited.write_text(signed.read_text().replace("remind_before: [P1D]", "remind_before: [PT24H]", 1))
    before, after = load_protocol(signed), load_protocol(edited)
    assert before.content_hash == after.content_hash
    async with office.clinic.scheduler.run.open_work([office.clinic.site]) as work:
        assert PATH not in await sign_offs.unsigned(work, office.clinic.site, before)
        assert PATH in await sign_offs.unsigned(work, office.clinic.site, after)
