"""How commands name people: by the reference that a referral came with, or by the program's id."""

from pathlib import Path
from uuid import UUID

from cli.running import accepted, api, every, known_sites
from embedded.errors import EmbeddedError


async def program_id(data: Path, id: str) -> UUID:
    """Return the program of this id, or of the referral with this reference, whatever the case of its letters.

    Raises EmbeddedError when there is none, or one at each of several sites.
    """
    try:
        return UUID(id)
    except ValueError:
        pass
    async with api(data, "intake", "auditor", known_sites(None)) as intake:
        found = accepted(await intake.get("/referrals", params={"reference": id}))["items"]
    if len(found) == 1:
        return UUID(found[0]["program_id"])
    if not found:
        raise EmbeddedError(f"There is no referral {id!r}: give its reference as it was posted, or the program's id.")
    ids = ", ".join(f"{referral['program_id']} ({referral['site']})" for referral in found)
    raise EmbeddedError(f"{id!r} is a referral at more than one site: give the program's id: {ids}.")


async def references(data: Path) -> dict[str, str]:
    """Return the reference of every referral, by program id."""
    async with api(data, "intake", "auditor", known_sites(None)) as intake:
        return {referral["program_id"]: referral["reference"] for referral in await every(intake, "/referrals")}
