"""What a protocol asks of each cohort."""

from collections.abc import Mapping

from shared.protocol.model import Protocol
from shared.refusal import Refused


def with_inputs(inputs: Mapping[str, int], published: Protocol) -> Protocol:
    """Return the protocol with a cohort's inputs in place.

    Refused: `missing_input`, `unknown_input`, `impossible_input`.
    """
    lacking = [wanted.key for wanted in published.missing_inputs(inputs)]
    if lacking:
        raise Refused("missing_input", f"the protocol needs: {', '.join(lacking)}", status=422, field="inputs")
    unknown = sorted(set(inputs) - {wanted.key for wanted in published.inputs})
    if unknown:
        detail = f"the protocol asks for no {', '.join(unknown)}"
        raise Refused("unknown_input", detail, status=422, field="inputs")
    if not published.inputs:
        return published
    try:
        return published.with_inputs(inputs)
    except ValueError as error:
        raise Refused(
            "impossible_input", f"no calendar can be made of this: {error}", status=422, field="inputs"
        ) from error
