"""What intake said of a dose is what it says years later, whatever was decided and revoked in between."""

from tests.components.intake.conftest import Applicant
from tests.lib.again import stands


async def test_an_agreement_that_was_revoked_later_stood_then(applicant: Applicant) -> None:
    undecided = await applicant.clearance()
    await applicant.answer()
    await applicant.decide()
    unsigned = await applicant.clearance()
    for kind in ("treatment_consent", "group_agreement"):
        await applicant.sign(kind)
    cleared = await applicant.clearance()
    await applicant.revoke("treatment_consent")
    revoked = await applicant.clearance()
    assert cleared.cleared
    assert revoked.refusals == ("agreement_missing:treatment_consent",)
    auditor = applicant.intake.as_("auditor", applicant.site)
    for then in (undecided, unsigned, cleared, revoked):
        assert await stands(auditor, applicant.program_id, "dose:1", then), then


async def test_a_dose_is_explained_to_auditors_of_its_site_alone(applicant: Applicant) -> None:
    then = await applicant.clearance()
    moment = {"at": then.answered_at.isoformat(), "revision": then.revision}
    path = f"/clearances/{applicant.program_id}/dose:1"
    elsewhere = (await applicant.intake.as_("auditor", "co").get(path, params=moment)).json()
    assert (elsewhere["recorded"], elsewhere["refusals"]) == (None, ["program_unknown"])
    assert (await applicant.intake.as_("clinician").get(path, params=moment)).json()["rule"] == "role"
