"""The keys of sessions on a path: read here alone, so that a kind is a word and no piece of a text."""

from shared.protocol.vocabulary import SessionKind

_MAKE_UP = "make_up:"


def is_make_up(item: str) -> bool:
    """Return whether it is a make-up, such as `make_up:circle:3` or, the second one, `make_up:circle:3:2`."""
    return item.startswith(_MAKE_UP)


def missed_session(item: str) -> str:
    """Return the session that a make-up is of; any other session is its own."""
    return ":".join(item.split(":")[1:3]) if is_make_up(item) else item


def session_kind(item: str) -> SessionKind:
    """Return the kind of a session, or of the one that a make-up is of; raises ValueError for what is neither."""
    return SessionKind(missed_session(item).partition(":")[0])
