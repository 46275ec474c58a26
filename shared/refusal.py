"""A refusal: which rule stands in the way, of which field, and what to do."""


class Refused(Exception):
    """Raised where a command is refused; the HTTP API turns it into RFC 9457 problem details.

    `status` is 403, 404, 409 (the state forbids it), 422 (the input is wrong) or 428 (it was not read first).
    """

    def __init__(self, rule: str, detail: str, *, status: int = 409, field: str | None = None) -> None:
        super().__init__(f"{rule}: {detail}")
        self.rule, self.detail, self.status, self.field = rule, detail, status, field


def not_found(what: str, id: object) -> Refused:
    """What the caller may not see and what never was look the same."""
    return Refused("not_found", f"there is no {what} {id} that you may see", status=404)


def no_released_version(site: str, protocol_id: str) -> Refused:
    """There are several versions of a protocol, and a site has signed none of them."""
    says = (
        f"{protocol_id} is there in several versions and none is released at {site}: a clinician signs one with"
        f" `./homeward protocol release {protocol_id}@VERSION --site {site}`"
    )
    return Refused("no_released_version", says, field="protocol_id")
