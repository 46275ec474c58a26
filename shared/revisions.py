"""The lost update: who changes a record as a whole says which revision of it they read (RFC 9110, `If-Match`)."""

from typing import Annotated

from fastapi import Header, Response

from shared.refusal import Refused

HEADER = "If-Match"
IfMatch = Annotated[
    str | None,
    Header(
        alias=HEADER,
        description='The `ETag` that the record was read with, such as `"3"`: 428 `revision_required` without it, 409'
        " `stale` when somebody has changed the record since.",
    ),
]


def show_revision(response: Response, revision: int) -> None:
    """Send the revision of what is answered as its `ETag`."""
    response.headers["ETag"] = _tag(revision)


def check_revision(sent: str | None, revision: int) -> None:
    """Refuse a change of a record that its sender has not read (428), or not as it stands now (409 `stale`)."""
    if sent is None:
        says = f"read the record first, and send its ETag as {HEADER}: somebody else may have changed it"
        raise Refused("revision_required", says, status=428, field=HEADER)
    if sent.strip() != _tag(revision):
        says = f"somebody has changed this since you read it (it is revision {revision}): read it again, then change it"
        raise Refused("stale", says, field=HEADER)


def _tag(revision: int) -> str:
    return f'"{revision}"'
