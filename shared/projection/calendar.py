"""When a session takes place, as the scheduler's calendar says. Pure: each service keeps its own row of a session."""


def is_news(revision: int, known: int, *, is_due: bool = False) -> bool:
    """Return whether a booking or a cancellation says something new of a session that is known.

    They are numbered by the revision of the cohort's calendar: an older word that comes late changes nothing. And none
    changes a session that was declared due, which says its own times: the scheduler neither moves nor cancels what it
    announced (`session_announced`), so a booking that comes after that word is older than it, whatever its number.
    """
    return revision > known and not is_due
