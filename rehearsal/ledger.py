"""The ledger: every referral is in exactly one state, and everything that is owed has an owner."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, get_args
from uuid import UUID

import asyncpg

from shared.events import SERVICES
from shared.events.scheduler import State

STATES: tuple[State, ...] = get_args(State)

_REFERRED = """
    select coalesce(referral.program_id, program.id) as program_id, coalesce(referral.site, program.site) as site,
        referral.reference, program.state
    from intake.referral full join scheduler.program on program.id = referral.program_id
    order by referral.site, referral.reference
"""
_OWED = """
    select '{service}' as service, id, site, program_id, kind, item, owner, stage,
        opened_at, deadline, closed_at, closure
    from {service}.obligation where owner <> 'homeward'
"""


class Endpoints(Protocol):
    """Where PostgreSQL listens: `embedded.endpoints.Endpoints`."""

    def postgres_dsn(self, name: str) -> str: ...


@dataclass(frozen=True)
class Referred:
    """One person of the ledger: no `reference`: a program that nobody referred; no `state`: a referral alone."""

    program_id: UUID
    site: str
    reference: str | None
    state: str | None


@dataclass(frozen=True)
class Owed:
    """Something that a person owes, or owed."""

    service: str
    id: UUID
    site: str
    program_id: UUID | None
    kind: str
    item: str
    owner: str
    stage: str
    opened_at: datetime
    deadline: datetime
    closed_at: datetime | None
    closure: str | None


@dataclass(frozen=True)
class Fault:
    """What is wrong with the ledger at a site, in words. Ids and references alone."""

    site: str
    says: str


@dataclass(frozen=True)
class Ledger:
    """What the observer reads of all five services at an instant."""

    now: datetime
    people: Sequence[Referred]
    obligations: Sequence[Owed]

    @property
    def referred(self) -> int:
        return sum(person.reference is not None for person in self.people)

    @property
    def by_state(self) -> dict[str, int]:
        counted = Counter(person.state for person in self.people)
        return {state: counted[state] for state in STATES}

    @property
    def broken(self) -> list[Fault]:
        """Why the ledger does not balance; none when each referral is in exactly one state."""
        found = [Fault(person.site, says) for person in self.people if (says := _trouble(person))]
        if not found and sum(self.by_state.values()) != self.referred:
            says = f"{self.referred} were referred and the states sum to {sum(self.by_state.values())}"
            found = [Fault(site, says) for site in sorted({person.site for person in self.people})]
        return found

    @property
    def faults(self) -> list[str]:
        """Why the ledger does not balance, in words."""
        return [fault.says for fault in self.broken]

    @property
    def balanced(self) -> bool:
        return not self.faults

    @property
    def still_owed(self) -> list[Owed]:
        """What is open, nearest deadline first."""
        return sorted((owed for owed in self.obligations if owed.closed_at is None), key=lambda owed: owed.deadline)

    @property
    def without_owner(self) -> list[Owed]:
        return [owed for owed in self.still_owed if not owed.owner.strip()]

    @property
    def overdue(self) -> list[Owed]:
        return [owed for owed in self.still_owed if owed.deadline < self.now]


def _trouble(person: Referred) -> str | None:
    if person.reference is None:
        return f"program {person.program_id} at {person.site} is {person.state} and was never referred"
    if person.state is None:
        return f"referral {person.reference} at {person.site} is in no state: it has no program"
    if person.state not in STATES:
        return f"referral {person.reference} at {person.site} is in a state without name: {person.state}"
    return None


@asynccontextmanager
async def observing(endpoints: Endpoints) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the observer, who reads what is owed and where people are, and never a name or an answer."""
    connection = await asyncpg.connect(endpoints.postgres_dsn("observer"), server_settings={"timezone": "UTC"})
    try:
        yield connection
    finally:
        await connection.close()


async def read_ledger(connection: asyncpg.Connection, now: datetime) -> Ledger:
    """Everything of one instant: both tables are read in one transaction."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        people = await connection.fetch(_REFERRED)
        owed = await connection.fetch(" union all ".join(_OWED.format(service=service) for service in SERVICES))
    return Ledger(now, [Referred(**row) for row in people], [Owed(**row) for row in owed])
