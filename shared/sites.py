"""The clinics' sites: code, name, IANA zone, and what a participant may be told of them."""

from pathlib import Path
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator


class Site(BaseModel):
    """A clinic's site. `code` is the word in subjects and tokens; `crisis_line` is shown with every risk.

    `address` is where appointments take place: it stands in calendar files.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    name: str
    zone: str
    phone: str
    crisis_line: str
    address: str | None = None
    books_ahead_weeks: int = Field(default=104, ge=1, le=520)
    """How far ahead a cohort or a make-up may begin (convention): a screening, a consent and a staff roster reach less
    far than two years, so what lies beyond is a mistyped date."""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        ZoneInfo(zone)
        return zone


def load_sites(path: Path) -> dict[str, Site]:
    """Every site of the network, by code."""
    return {site.code: site for site in map(Site.model_validate, yaml.safe_load(path.read_text())["sites"])}
