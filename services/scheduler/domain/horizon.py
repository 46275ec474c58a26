"""How far ahead a site books."""

from datetime import datetime, timedelta

from shared.refusal import Refused
from shared.sites import Site


def check_within_reach(site: Site, begins: datetime, now: datetime, *, field: str) -> None:
    """Refuse (`too_far_ahead`) what begins later than the site books ahead: it is a mistyped date."""
    weeks = site.books_ahead_weeks
    if begins > now + timedelta(weeks=weeks):
        detail = f"{begins:%Y-%m-%d} is further away than the {weeks} weeks that {site.code} books ahead"
        raise Refused("too_far_ahead", detail, status=422, field=field)
