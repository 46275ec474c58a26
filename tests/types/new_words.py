"""Words that nobody has said anything about: the type check refuses each, or its `type: ignore` would stay unused."""

from typing import Literal

Follows = Literal["dose", "leaving", "missing a session"]


def asked_after(follows: Follows) -> str:  # type: ignore[return]
    match follows:  # type: ignore[exhaustive-match]
        case "dose" | "leaving":
            return follows


def told_of(follows: Follows) -> list[str]:
    told: list[str] = []
    match follows:  # type: ignore[exhaustive-match]
        case "dose" | "leaving":
            told.append(follows)
    return told
