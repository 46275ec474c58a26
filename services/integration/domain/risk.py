"""Risk: something signals it, a clinician looks, and the next dose waits until they have decided."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.integration.domain.ladder import LOOK_AGAIN, Standing
from shared.protocol.care import Risk as RiskRules
from shared.protocol.vocabulary import Role
from shared.refusal import Refused

DECIDERS = (Role.CLINICIAN, Role.PRESCRIBER)
"""Who may decide on a risk: it never escalates to somebody who may not."""


@dataclass(frozen=True)
class Risk:
    """One signal. `why` names the rule that raised it; `level` is the newest C-SSRS screener's, None before one."""

    risk_id: UUID
    program_id: UUID
    site: str
    item: str
    why: str
    protocol_id: str
    protocol_version: str
    protocol_hash: str | None
    raised_at: datetime
    level: str | None
    closed_at: datetime | None
    closed_by: str | None
    decision: str | None


def check_open(risk: Risk) -> None:
    if risk.closed_at is not None:
        raise Refused("risk_closed", f"this risk is closed already ({risk.decision})")


def check_closing(risk: Risk, screener_owed: bool) -> None:
    """Refuse to decide on a risk whose screener is owed (`c_ssrs_owed`), or a second time (`risk_closed`)."""
    check_open(risk)
    if screener_owed:
        raise Refused("c_ssrs_owed", "the C-SSRS screener of this risk comes before the decision")


def overdue(rules: RiskRules, owner: str, deadline: datetime, now: datetime) -> Standing:
    """Give an overdue risk task to the next role of the protocol's tiers that may decide, where it stays open."""
    roles = [role for tier in rules.escalation for role in tier.roles if role in DECIDERS]
    order = list(dict.fromkeys(roles))
    after = order[order.index(Role(owner)) + 1 :] if owner in order else order
    pause: timedelta = rules.page_ack_within.value if len(after) > 1 else LOOK_AGAIN
    return Standing("overdue", after[0] if after else owner, deadline, now + pause)
