"""What intake owes until somebody has decided on a screening."""

from shared.obligation_kinds.kind import ASKED_FIRST, Kind, ObligationKind
from shared.protocol.vocabulary import Role

KINDS: dict[Kind, ObligationKind] = {
    "forms": ObligationKind(
        Role.COORDINATOR,
        "Somebody has not sent back the forms that they were asked for. Please call them and offer help.",
        "It ends when the forms are submitted; after the deadline the referral lapses. Where no message reached them, "
        "their time begins when you record that you told them.",
        due="`screening.forms_within` after they heard of it",
        closed_by=("intake.submit_forms", "intake.chase_forms"),
        unannounced=ASKED_FIRST,
    ),
    "screening_review": ObligationKind(
        Role.CLINICIAN,
        "Submitted forms are waiting for your review.",
        "It ends with a signed decision.",
        due="`screening.review_within`",
        closed_by=("intake.sign_screening_decision",),
    ),
    "possible_duplicate": ObligationKind(
        Role.CLINICIAN,
        "Somebody may already be known here or at another site. Please find out who they are.",
        "It ends when you sign whether it is the same person.",
        due="one day",
        closed_by=("intake.sign_identity",),
    ),
}
