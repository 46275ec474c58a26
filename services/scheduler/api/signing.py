"""A signature as a request carries it."""

from services.scheduler.api.fields import Prose
from services.scheduler.commands.signing import Signing
from shared.fields import Name
from shared.request_body import RequestBody


class SignedName(RequestBody):
    """The signer's printed name and what they mean by signing; id, role and time come from the token and the clock."""

    name: Name
    meaning: Prose

    def value(self) -> Signing:
        return Signing(self.name, self.meaning)
