"""A few people of an example, and the cohort that they are: whole programs in a minute."""

import csv
from pathlib import Path
from typing import NamedTuple

from rehearsal.run import EXAMPLES, PROTOCOLS, SITES
from rehearsal.scenario import Scenario, read_scenario
from shared.protocol.library import ProtocolLibrary
from shared.sites import load_sites


class Few(NamedTuple):
    """Who, by their references, and the cohort in the words of cohorts.yaml."""

    references: tuple[str, ...]
    cohort: str


FRONT_RANGE = Few(("R-14", "R-15", "R-16", "R-19", "R-20", "R-21"), "site: co, starts_on: 2027-02-01, capacity: 4")
THREE_RESIDENTS = Few(("E-03", "E-05", "E-06"), "site: bc, starts_on: 2027-02-01, capacity: 3")


def story_of(id: str, folder: Path, few: Few | None) -> Scenario:
    """A protocol's example, or the part of it that a few of its people live through."""
    example, protocol, sites = EXAMPLES / id, ProtocolLibrary(PROTOCOLS).latest(id), load_sites(SITES)
    if few is None:
        return read_scenario(example, protocol, sites)
    with (example / "referrals.csv").open() as everyone, (folder / "referrals.csv").open("w") as chosen:
        rows = csv.DictReader(everyone)
        writer = csv.DictWriter(chosen, rows.fieldnames or [])
        writer.writeheader()
        writer.writerows(row for row in rows if row["reference"] in few.references)
    (folder / "cohorts.yaml").write_text(f"cohorts:\n  - {{name: A few, {few.cohort}}}\n")
    return read_scenario(example, protocol, sites, folder / "referrals.csv")
