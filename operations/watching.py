"""The ledger, looked at again and again: measured, told when it breaks and when it balances, and never repaired."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Gauge

from operations.discrepancies import Discrepancy, counted, seen_twice
from rehearsal.ledger import Fault, Ledger

SHOWN = 20
NOT_OWED = "due and has no owner"
Tell = Callable[[str, Sequence[str]], Awaitable[None]]
"""Tells the scheduler what is wrong with a site's ledger (nothing: it balances)."""


@dataclass(frozen=True)
class Looked:
    """One look: the ledger of all five services, and what needs repair."""

    ledger: Ledger
    discrepancies: Sequence[Discrepancy]

    @property
    def faults(self) -> list[Fault]:
        """What is wrong with the ledger: who is in no state, and what is owed by nobody."""
        nobody = [Fault(owed.site, f"{owed.kind} of {owed.item} is {NOT_OWED}") for owed in self.ledger.without_owner]
        return [*self.ledger.broken, *nobody]


@dataclass(frozen=True)
class ConfirmedFindings:
    """What two looks in a row agree on; the rest was under way."""

    looked: Looked
    faults: tuple[Fault, ...] = ()
    discrepancies: tuple[Discrepancy, ...] = ()

    def then(self, looked: Looked) -> "ConfirmedFindings":
        earlier = set(self.looked.faults)
        faults = tuple(fault for fault in looked.faults if fault in earlier)
        return ConfirmedFindings(looked, faults, tuple(seen_twice(self.looked.discrepancies, looked.discrepancies)))

    def at(self, site: str) -> list[str]:
        return sorted(fault.says for fault in self.faults if fault.site == site)


class Metrics:
    """What Prometheus reads of the ledger. Sites, states and owners are the only labels: nobody is in them."""

    def __init__(self, sites: Collection[str]) -> None:
        self.registry = CollectorRegistry()
        self._sites = sites
        self._people = self._gauge("ledger_people", "Programs by their one state", "site", "state")
        self._referred = self._gauge("ledger_referred", "People who were referred", "site")
        self._faults = self._gauge("ledger_faults", "What is wrong with the ledger, seen twice", "site")
        self._owed = self._gauge("ledger_owed", "What is due and not done", "site", "service", "owner")
        self._overdue = self._gauge("ledger_overdue", "What is past its deadline", "site", "service", "owner")
        self._discrepancies = self._gauge("ledger_troubles", "What needs repair, seen twice, by its repair", "repair")
        self._read_at = self._gauge("ledger_read_timestamp_seconds", "When everything was last read")

    def _gauge(self, name: str, says: str, *labels: str) -> Gauge:
        return Gauge(f"homeward_{name}", says, labels, registry=self.registry)

    def show(self, confirmed: ConfirmedFindings) -> None:
        ledger = confirmed.looked.ledger
        self._set(self._people, Counter((person.site, person.state or "none") for person in ledger.people))
        self._set(self._owed, Counter((owed.site, owed.service, owed.owner) for owed in ledger.still_owed))
        self._set(self._overdue, Counter((owed.site, owed.service, owed.owner) for owed in ledger.overdue))
        referred = Counter(person.site for person in ledger.people if person.reference is not None)
        for site in self._sites:
            self._referred.labels(site).set(referred[site])
            self._faults.labels(site).set(len(confirmed.at(site)))
        for repair, count in counted(confirmed.discrepancies).items():
            self._discrepancies.labels(repair.value).set(count)
        self._read_at.set_to_current_time()

    @staticmethod
    def _set(gauge: Gauge, counts: Mapping[tuple[str, ...], int]) -> None:
        gauge.clear()
        for labels, count in counts.items():
            gauge.labels(*labels).set(count)


@dataclass
class Watch:
    """Looks every few seconds until it is ended. A look that fails is said, and leaves the last one's time standing."""

    look: Callable[[], Awaitable[Looked]]
    tell: Tell
    sites: Collection[str]
    say: Callable[[str], None]
    metrics: Metrics
    said: str = ""
    told: dict[str, list[str]] = field(default_factory=dict)

    async def run(self, every: float) -> None:
        confirmed: ConfirmedFindings | None = None
        while True:
            try:
                looked = await self.look()
                confirmed = confirmed.then(looked) if confirmed else ConfirmedFindings(looked)
                self.metrics.show(confirmed)
                self._say_what_changed(confirmed)
                await self._tell_all(confirmed)
            except Exception as error:
                self.say(f"could not look: {type(error).__name__}: {error}")
            await asyncio.sleep(every)

    def _say_what_changed(self, confirmed: ConfirmedFindings) -> None:
        if (line := summary(confirmed)) != self.said:
            self.say(f"{confirmed.looked.ledger.now:%Y-%m-%d %H:%M:%S}Z  {line}")
            for wrong in (*confirmed.faults, *confirmed.discrepancies)[:SHOWN]:
                self.say(f"  {wrong.says}")
            self.said = line

    async def _tell_all(self, confirmed: ConfirmedFindings) -> None:
        """What the scheduler knows already is not said again; what it did not take is, at the next look."""
        for site in self.sites:
            faults = confirmed.at(site)
            if self.told.get(site) != faults:
                await self.tell(site, faults)
                self.told[site] = faults


def summary(confirmed: ConfirmedFindings) -> str:
    """One line: how many people, whether it balances, what is owed, what needs repair."""
    ledger = confirmed.looked.ledger
    verdict = f"{len(confirmed.faults)} faults" if confirmed.faults else "balanced"
    says = [f"{ledger.referred} referred", verdict, f"{len(ledger.still_owed)} due", f"{len(ledger.overdue)} overdue"]
    repairs = [f"{count} with repair: {repair}" for repair, count in counted(confirmed.discrepancies).items() if count]
    return ", ".join([*says, *repairs])
