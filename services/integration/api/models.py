"""What several endpoints say and hear."""

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, StringConstraints

from services.integration.commands import sign_decision
from shared.auth import READERS, Principal
from shared.fields import Prose
from shared.http import allow
from shared.request_body import RequestBody

Staff = Annotated[Principal, allow(*READERS)]
Anyone = Annotated[Principal, allow("participant", *READERS)]
Deciding = Annotated[Principal, allow("clinician", "prescriber")]
Participant = Annotated[Principal, allow("participant")]

Text = Prose
Decision = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,63}$")]
CheckInItem = Annotated[str, Path(pattern=r"^check_in:[a-z0-9_:]{1,64}$", examples=["check_in:dose:3:24h"])]
MeasureItem = Annotated[str, Path(pattern=r"^measure:[a-z0-9_]{1,64}$", examples=["measure:baseline"])]
Instrument = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,63}$", examples=["phq9"])]


class Signature(RequestBody):
    """What the signature means, for example `reviewed and decided`; the token says who signs."""

    meaning: Text
    reason: Text | None = None

    def given(self) -> sign_decision.Signature:
        return sign_decision.Signature(self.meaning, self.reason)


class Proof(BaseModel):
    """The SHA-256 over everything that was signed: content, meaning, signer, role, time."""

    sha256: str
