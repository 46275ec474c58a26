"""The clinics' sites: code, name, IANA zone, and what a participant may be told of them."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared.document import FaultyFile
from shared.fields import Line, zones
from shared.model_file import read_model
from shared.protocol.base import near_miss

SITES_FILE = Path(__file__).resolve().parent.parent / "deploy" / "sites.yaml"
_CODE = re.compile(r"[a-z][a-z0-9]{0,31}")


def _is_code(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise ValueError(
            f"expected a site's code: a small letter, then small letters and digits (^{_CODE.pattern}$), such as bc;"
            " it is part of NATS subjects and of tokens"
        )
    return text


def _is_zone(text: str) -> str:
    if text not in zones():
        raise ValueError(f"expected an IANA zone, such as America/Vancouver{near_miss(text, zones())}")
    return text


SiteCode = Annotated[str, AfterValidator(_is_code)]
"""A site's word in subjects and tokens."""


class Site(BaseModel):
    """A clinic's site. `crisis_line` is shown with every risk.

    `address` is where appointments take place: it stands in calendar files.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: SiteCode
    name: Line
    zone: Annotated[str, AfterValidator(_is_zone)]
    phone: Line
    crisis_line: Line
    address: Line | None = None
    books_ahead_weeks: int = Field(default=104, ge=1, le=520)
    """How far ahead a cohort or a make-up may begin (convention): a screening, a consent and a staff roster reach less
    far than two years, so what lies beyond is a mistyped date."""


class _Network(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sites: tuple[Site, ...] = Field(min_length=1)


def load_sites(path: Path = SITES_FILE) -> dict[str, Site]:
    """Return every site of the network, by code; raise FaultyFile."""
    network, document = read_model(path, _Network)
    sites: dict[str, Site] = {}
    for index, site in enumerate(network.sites):
        if site.code in sites:
            sentence = f"{site.code!r} is another site's code already: each needs its own"
            raise FaultyFile([document.fault(path, ("sites", index, "code"), sentence)])
        sites[site.code] = site
    return sites
