"""What a field of a request may hold: text that can be read, and days and instants within reach of a calendar."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from shared.fields import is_prose
from shared.refusal import Refused
from shared.work import Work

Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$")]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500), AfterValidator(is_prose)]
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]
Instant = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(2199, 12, 31, tzinfo=UTC))]


def within_reach(work: Work, site: str, begins: datetime, *, field: str) -> None:
    """Refuse what begins later than the site books ahead: it is a mistyped date."""
    weeks = work.sites[site].books_ahead_weeks
    if begins > work.now + timedelta(weeks=weeks):
        detail = f"{begins:%Y-%m-%d} is further away than the {weeks} weeks that {site} books ahead"
        raise Refused("too_far_ahead", detail, status=422, field=field)
