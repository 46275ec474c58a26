"""Who works at a site. Subjects are opaque; nobody here is a person."""

from dataclasses import dataclass
from math import ceil
from typing import Any

from rehearsal.actors.apis import Actor
from shared.protocol.dosing import Staffing


@dataclass(frozen=True)
class Team:
    """A site's staff. The nurse is a facilitator by role, and verifies what the prescriber administers."""

    coordinator: Actor
    facilitator: Actor
    nurse: Actor
    prescriber: Actor
    clinician: Actor

    @classmethod
    def at(cls, site: str) -> "Team":
        return cls(
            coordinator=Actor(f"staff-{site}-coordinator", "coordinator", site),
            facilitator=Actor(f"staff-{site}-facilitator", "facilitator", site),
            nurse=Actor(f"staff-{site}-nurse", "facilitator", site),
            prescriber=Actor(f"staff-{site}-prescriber", "prescriber", site),
            clinician=Actor(f"staff-{site}-clinician", "clinician", site),
        )

    def on_site(self, staffing: Staffing | None, participants: int) -> list[Actor]:
        """Who is there for a session: the team, and as many more monitors as the protocol asks for so many people."""
        team = [self.prescriber, self.facilitator, self.nurse, self.clinician]
        if staffing is None:
            return team
        monitors = ceil(participants / staffing.participants_per_monitor.value)
        wanted = max(staffing.minimum_staff.value, monitors + len(staffing.on_site))
        more = range(1, wanted - len(team) + 1)
        return team + [
            Actor(f"staff-{self.nurse.site}-monitor-{number}", "facilitator", self.nurse.site) for number in more
        ]

    def of_role(self, role: str) -> Actor:
        everyone = {"coordinator": self.coordinator, "facilitator": self.facilitator}
        return (everyone | {"prescriber": self.prescriber, "clinician": self.clinician})[role]

    def on_call(self, tier: int) -> Actor:
        """Who takes a page of this tier (1 is called first; the last takes every later one)."""
        return (self.clinician, self.prescriber, self.coordinator)[min(max(tier, 1), 3) - 1]

    def roster(self) -> list[list[dict[str, Any]]]:
        """The on-call roster: one tier after the other; the facilitator, who hears of absences, is called last."""
        tiers = ((self.on_call(1),), (self.on_call(2),), (self.on_call(3), self.facilitator))
        return [[_on_roster(actor) for actor in tier] for tier in tiers]


def _on_roster(actor: Actor) -> dict[str, Any]:
    return {"subject": actor.subject, "role": actor.role, "email": f"{actor.subject}@clinic.invalid"}
