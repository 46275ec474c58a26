"""What a signed decision rested on is corrected: it is evaluated again, and no dose is cleared until it is signed."""

import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from shared.events import intake as told
from shared.events.base import ProtocolPin
from shared.events.scheduler import ProgramAmended, SeatAccepted, VersionReleased
from shared.migrations import ROOT
from shared.protocol.library import ProtocolLibrary
from shared.protocol.load import load_protocol
from shared.sites import load_sites
from shared.work import opener
from tests.components.intake.conftest import Applicant, referral
from tests.lib.again import stands
from tests.lib.component import Component
from tests.lib.stack import PostgresServer, running
from tests.unit.intake.people import HEALTHY, condition

STRICTER = ("stop_bang, at_least: 5", "stop_bang, at_least: 1")
SHORTER = ("decision_valid_for: {value: P180D", "decision_valid_for: {value: P90D")


@pytest.fixture(scope="module")
async def intake(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Component]:
    """With three older versions of weekly6: the same rules, one more finding, and decisions that expire sooner."""
    folder = tmp_path_factory.mktemp("versions") / "protocols"
    shutil.copytree(ROOT / "protocols", folder)
    text = (folder / "weekly6.yaml").read_text()
    for number, changes in ((7, ()), (8, (STRICTER,)), (9, (SHORTER,))):
        version = text.replace('version: "1.0.0"', f'version: "0.{number}.0"')
        for old, new in changes:
            assert old in version
            version = version.replace(old, new)
        (folder / f"weekly6-0.{number}.0.yaml").write_text(version)
    async with running("intake", postgres_server, protocols=folder) as component:
        await release(component, "weekly6.yaml")
        yield component


async def release(intake: Component, file: str) -> None:
    """The version of this file is signed at the site."""
    protocol = load_protocol(intake.run.settings.protocols / file)
    named = ProtocolPin(id=protocol.id, version=protocol.version, hash=protocol.content_hash)
    await intake.publish(VersionReleased(release_id=uuid4(), protocol=named))


async def eligible(intake: Component) -> Applicant:
    """Somebody who is found eligible, has signed what a dose needs, and is cleared."""
    applicant = await Applicant.refer(intake)
    await applicant.answer()
    assert (await applicant.decide()).status_code == 200
    for kind in ("treatment_consent", "group_agreement"):
        await applicant.sign(kind)
    assert (await applicant.clearance()).refusals == ()
    return applicant


def pin(intake: Component, version: str) -> ProtocolPin:
    protocol = load_protocol(intake.run.settings.protocols / f"weekly6-{version}.yaml")
    return ProtocolPin(id=protocol.id, version=protocol.version, hash=protocol.content_hash)


async def seat(applicant: Applicant, protocol: ProtocolPin) -> None:
    seated = SeatAccepted(
        program_id=applicant.program_id, cohort_id=uuid4(), protocol=protocol, zone="America/Vancouver"
    )
    await applicant.intake.publish(seated, site=applicant.site)


async def amend(applicant: Applicant, protocol: ProtocolPin) -> None:
    amended = ProgramAmended(
        program_id=applicant.program_id, cohort_id=uuid4(), amendment_id=uuid4(), protocol=protocol
    )
    await applicant.intake.publish(amended, site=applicant.site)


async def read(applicant: Applicant) -> str:
    """The ETag of the person's record."""
    staff = applicant.intake.as_("coordinator", applicant.site)
    return str((await staff.get(f"{applicant.path}/person", params={"purpose": "correction"})).headers["ETag"])


async def correct(applicant: Applicant, **changed: object) -> list[str]:
    staff = applicant.intake.as_("coordinator", applicant.site)
    answer = await staff.put(
        f"{applicant.path}/person", json=applicant.person | changed, headers={"If-Match": await read(applicant)}
    )
    assert answer.status_code == 200, answer.text
    return list(answer.json()["touched"])


async def test_a_corrected_date_of_birth_opens_the_decision_again(intake: Component) -> None:
    applicant = await eligible(intake)
    cleared, day = await applicant.clearance(), (await intake.now()).date()
    assert await correct(applicant, date_of_birth="2015-05-04") == [
        "findings evaluated again: under_age (exclude)",
        f"the decision of {day} (eligible) no longer stands: a clinician must sign again, and dose clearances are"
        " refused until then",
    ]
    await intake.heard(told.ScreeningReopened, program_id=applicant.program_id)
    refused = await applicant.clearance()
    assert refused.refusals == ("screening_reopened",)
    shown = await applicant.shown()
    assert (shown["state"], [one["rule_id"] for one in shown["findings"]]) == ("awaiting_review", ["under_age"])
    [review] = await applicant.tasks()
    assert (review["kind"], review["owner"]) == ("screening_review", "clinician")
    assert (await applicant.decide()).json()["rule"] == "override_needs_reason"
    signed = await applicant.decide(override_reason="Emancipated, and asked for by the court.")
    assert signed.json()["answers_version"] == 2
    assert (await applicant.clearance()).refusals == ()
    assert await applicant.tasks() == []
    auditor = intake.as_("auditor")
    for then in (cleared, refused):
        assert await stands(auditor, applicant.program_id, "dose:1", then)


async def test_a_corrected_name_or_address_touches_no_decision(intake: Component) -> None:
    applicant = await eligible(intake)
    assert await correct(applicant, family_name="Lindquist", email="ada.l@example.org") == []
    assert (await applicant.clearance()).refusals == ()


async def test_a_corrected_birth_before_the_decision_is_evaluated_and_asks_for_no_second_review(
    intake: Component,
) -> None:
    applicant = await Applicant.refer(intake)
    await applicant.answer()
    assert await correct(applicant, date_of_birth="2015-05-04") == ["findings evaluated again: under_age (exclude)"]
    assert len(await applicant.tasks()) == 1
    assert await intake.all_heard(told.ScreeningReopened, program_id=applicant.program_id) == []


async def test_a_draft_takes_the_corrected_birth_over(intake: Component) -> None:
    applicant = await Applicant.refer(intake)
    await applicant.answer(complete=False)
    assert await correct(applicant, date_of_birth="1986-05-05") == []
    assert (await applicant.themself().put(f"{applicant.path}/answers", json={})).status_code == 200


async def test_answers_are_corrected_by_the_clinic_after_the_decision_and_signed_again(intake: Component) -> None:
    applicant = await eligible(intake)
    assert (await applicant.answer()).json()["rule"] == "already_decided"
    coordinator, path = intake.as_("coordinator"), f"{applicant.path}/answers"
    glaucoma = HEALTHY | {"conditions": condition("glaucoma")}
    corrected = (await coordinator.put(path, json=glaucoma)).json()
    assert (corrected["version"], corrected["state"]) == (2, "awaiting_review")
    assert "no longer stands" in corrected["touched"][1]
    assert (await applicant.clearance()).refusals == ("screening_reopened",)
    assert (await applicant.decide(answers_version=1)).json()["rule"] == "answers_changed"
    assert (await applicant.decide(answers_version=2)).status_code == 200
    assert (await applicant.clearance()).refusals == ()


async def test_a_decision_against_the_person_is_final_and_the_correction_says_so(intake: Component) -> None:
    applicant, day = await Applicant.refer(intake), (await intake.now()).date()
    await applicant.answer()
    await applicant.decide("excluded", reason="too young")
    said = await correct(applicant, date_of_birth="1980-05-04")
    assert said[1] == f"the decision of {day} (excluded) is final: refer the person again if this changes it"
    assert (await applicant.shown())["state"] == "excluded"


async def test_a_seat_in_a_cohort_of_another_version_screens_by_that_version(intake: Component) -> None:
    applicant = await eligible(intake)
    cleared = await applicant.clearance()
    await seat(applicant, pin(intake, "0.8.0"))
    shown = await applicant.shown()
    assert (shown["protocol"]["version"], shown["state"]) == ("0.8.0", "awaiting_review")
    assert [finding["rule_id"] for finding in shown["findings"]] == ["stop_bang_high"]
    refused = await applicant.clearance()
    assert refused.refusals == ("screening_reopened",)
    assert (await applicant.decide()).json()["protocol"]["version"] == "0.8.0"
    again = await applicant.clearance()
    assert again.refusals == ()
    for then in (cleared, refused, again):
        assert await stands(intake.as_("auditor"), applicant.program_id, "dose:1", then)


async def test_a_protocol_that_does_not_know_a_kept_condition_asks_for_another_review(intake: Component) -> None:
    applicant = await Applicant.refer(intake, protocol_id="otago2")
    assert (await applicant.answer(conditions=[{"code": "withdrawal_seizure", "active": False}])).status_code == 200
    signed = await applicant.decide(override_reason="Years ago, and weighed.")
    assert signed.status_code == 200, signed.text
    await seat(applicant, pin(intake, "0.7.0"))
    assert (await applicant.shown())["state"] == "awaiting_review"
    assert "screening_reopened" in (await applicant.clearance()).refusals
    assert (await applicant.decide()).json()["rule"] == "not_evaluated"


async def test_an_amendment_that_finds_nothing_new_keeps_the_decision_and_its_other_rules_hold(
    intake: Component,
) -> None:
    applicant = await eligible(intake)
    await seat(applicant, pin(intake, "0.7.0"))
    await amend(applicant, pin(intake, "0.9.0"))
    assert (await applicant.shown())["protocol"]["version"] == "0.9.0"
    assert (await applicant.clearance()).refusals == ()
    await intake.skip(timedelta(days=91))
    assert (await applicant.clearance()).refusals == ("screening_expired",)
    assert (await applicant.answer()).status_code == 200
    assert (await applicant.decide()).status_code == 200


async def test_an_older_version_that_is_told_late_changes_nothing(intake: Component) -> None:
    applicant = await eligible(intake)
    [seated] = await intake.publish(
        SeatAccepted(
            program_id=applicant.program_id,
            cohort_id=uuid4(),
            protocol=pin(intake, "0.7.0"),
            zone="America/Vancouver",
        )
    )
    await amend(applicant, pin(intake, "0.9.0"))
    late = seated.model_copy(update={"id": uuid4()})
    await intake.repeat(late, "told late")
    assert (await applicant.shown())["protocol"]["version"] == "0.9.0"


async def test_a_version_with_other_content_than_was_pinned_clears_nobody(intake: Component) -> None:
    applicant = await eligible(intake)
    edited = pin(intake, "0.7.0").model_copy(update={"hash": "0" * 64})
    await seat(applicant, edited)
    assert (await applicant.clearance()).refusals == ("protocol_changed",)
    assert [task["kind"] for task in await applicant.tasks()] == ["screening_review"]
    await amend(applicant, pin(intake, "0.7.0"))
    assert (await applicant.clearance()).refusals == ("screening_reopened",)
    assert (await applicant.decide()).status_code == 200
    assert (await applicant.clearance()).refusals == ()


async def test_another_zone_is_told_to_those_who_write_to_the_person(intake: Component) -> None:
    applicant = await Applicant.refer(intake)
    assert await correct(applicant, zone="America/Halifax") == [
        "messages keep the hours of America/Halifax from now on"
    ]
    await intake.heard(told.ZoneCorrected, program_id=applicant.program_id, zone="America/Halifax")


def test_the_versions_here_differ_in_what_the_tests_say(tmp_path: Path) -> None:
    text = (ROOT / "protocols" / "weekly6.yaml").read_text()
    assert all(text.count(old) == 1 for old, _ in (STRICTER, SHORTER))


async def test_a_version_screens_nobody_before_it_is_released_at_the_site(intake: Component) -> None:
    """1.0.0 is released here and older ones lie beside it; at the other site nothing is, and no file decides."""
    assert (await (await Applicant.refer(intake)).shown())["protocol"]["version"] == "1.0.0"
    elsewhere = await intake.as_("coordinator", "co").post("/referrals", json=referral(site="co"))
    assert (elsewhere.status_code, elsewhere.json()["rule"]) == (409, "no_released_version")
    assert "./homeward protocol release weekly6@VERSION --site co" in elsewhere.json()["detail"]
    await release(intake, "weekly6-0.7.0.yaml")
    assert (await (await Applicant.refer(intake)).shown())["protocol"]["version"] == "0.7.0"


async def test_the_version_that_came_with_a_site_stays_until_another_one_is_released(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    folder = tmp_path / "protocols"
    shutil.copytree(ROOT / "protocols", folder)
    async with running("intake", postgres_server, protocols=folder) as component:
        assert (await component.as_("coordinator").post("/referrals", json=referral())).status_code == 201
        newer = (folder / "weekly6.yaml").read_text().replace('version: "1.0.0"', 'version: "1.1.0"')
        (folder / "weekly6-1.1.0.yaml").write_text(newer)
        run, sites = component.run, load_sites(component.run.settings.sites_file)
        run.open_work = opener("intake", run.engine, run.clock, ProtocolLibrary(folder), sites)
        applicant = await Applicant.refer(component)
        assert (await applicant.shown())["protocol"]["version"] == "1.0.0"
        await release(component, "weekly6-1.1.0.yaml")
        assert (await (await Applicant.refer(component)).shown())["protocol"]["version"] == "1.1.0"


async def test_of_two_people_who_correct_a_person_the_second_reads_again(intake: Component) -> None:
    applicant, staff = await Applicant.refer(intake), intake.as_("coordinator")
    path, both_read = f"{applicant.path}/person", await read(applicant)
    unread = await staff.put(path, json=applicant.person)
    assert (unread.status_code, unread.json()["rule"]) == (428, "revision_required")
    moved = applicant.person | {"zone": "America/Halifax"}
    first = await staff.put(path, json=moved, headers={"If-Match": both_read})
    assert (first.status_code, first.headers["ETag"]) == (200, await read(applicant))
    renamed = applicant.person | {"given_name": "Adah"}
    second = await staff.put(path, json=renamed, headers={"If-Match": both_read})
    assert (second.status_code, second.json()["rule"], second.json()["field"]) == (409, "stale", "If-Match")
    assert (await applicant.contact()).zone == "America/Halifax"
    again = await staff.put(path, json=moved | renamed, headers={"If-Match": await read(applicant)})
    assert again.status_code == 200


async def test_answers_are_corrected_as_they_were_read_by_who_says_what_they_read(intake: Component) -> None:
    applicant = await Applicant.refer(intake)
    await applicant.answer()
    tag = (await applicant.themself().get(f"{applicant.path}/answers")).headers["ETag"]
    await applicant.answer(weight_kg=71)
    late = await applicant.themself().put(f"{applicant.path}/answers", json={}, headers={"If-Match": tag})
    assert (late.status_code, late.json()["rule"]) == (409, "stale")
