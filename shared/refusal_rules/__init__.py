"""The catalogue of refusals: of each rule that refuses, what stands in the way and what may be done next."""

from shared.refusal_rules import dose, everywhere, intake, integration, notifications, scheduler, session
from shared.refusal_rules.rule import RefusalRule

__all__ = ["BY_PART", "CATALOGUE", "RefusalRule", "rule_of"]

BY_PART: dict[str, dict[str, RefusalRule]] = {
    "every service": everywhere.RULES,
    "intake": intake.RULES,
    "scheduler": scheduler.RULES,
    "session": session.RULES,
    "integration": integration.RULES,
    "notifications": notifications.RULES,
    "a dose": dose.RULES,
}
CATALOGUE: dict[str, RefusalRule] = {name: rule for part in BY_PART.values() for name, rule in part.items()}


def rule_of(name: str) -> RefusalRule | None:
    """Return what the catalogue says of a rule, by its name or its family; None when it does not know it."""
    family = f"{name.partition(':')[0]}:" if ":" in name else f"_{name.rpartition('_')[2]}"
    return CATALOGUE.get(name) or CATALOGUE.get(family)
