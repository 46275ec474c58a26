"""The checklist of a dosing session: what is confirmed of a person before anything is decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from shared.protocol.dosing import Dosing

PregnancyTest = Literal["negative", "not_applicable", "positive"]
Suicidality = Literal["none", "low", "moderate", "high"]
SIGNALS: tuple[Suicidality, ...] = ("moderate", "high")
"""The levels of a C-SSRS screener that a clinician decides on before the next dose. Source: its published triage."""


@dataclass(frozen=True)
class Checklist:
    """What was confirmed at check-in; `more` are a protocol's own criteria by id."""

    identity: bool
    consent: bool
    interval_history: bool
    substances_abstained: bool
    fasted: bool
    pregnancy_test: PregnancyTest
    driver: bool
    c_ssrs: Suicidality
    intention: bool
    more: Mapping[str, bool] = field(default_factory=dict)

    def confirms(self, criterion: str) -> bool:
        """Return whether the protocol's criterion of this id is met."""
        match criterion:
            case "substances":
                return self.substances_abstained
            case "fasting":
                return self.fasted
            case "pregnancy_test":
                return self.pregnancy_test != "positive"
            case "c_ssrs":
                return True  # answering is the criterion; what the answer means is the risk response's matter
            case "identity" | "consent" | "interval_history" | "driver" | "intention":
                return bool(getattr(self, criterion))
            case _:
                return self.more.get(criterion, False)


FIELDS = {"substances": "substances_abstained", "fasting": "fasted"}


def gaps(dosing: Dosing, checklist: Checklist | None, has_vitals: bool) -> tuple[str, ...]:
    """`checklist:<field>` for every criterion that is not met."""
    open_criteria = [
        criterion.id
        for criterion in dosing.checklist
        if not (has_vitals if criterion.id == "vitals" else checklist is not None and checklist.confirms(criterion.id))
    ]
    return tuple(f"checklist:{FIELDS.get(id, id)}" for id in open_criteria)
