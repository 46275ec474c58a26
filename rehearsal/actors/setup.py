"""What groups need: cohorts are opened, the on-call roster is set, medicine is received, a small group goes on."""

from functools import partial

from rehearsal.actors.context import Context, Hearing, Told
from rehearsal.actors.days import COORDINATORS, at_clock, in_time
from rehearsal.scenario import Cohort
from shared.events import scheduler

OPENS_AT = "09:00"
LOT = "HW-2701"
RECEIVED_MG = 100_000


class Setup:
    """What coordinators and prescribers do before anybody is referred, and when a group has too few people."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def hears(self) -> Hearing:
        return {
            scheduler.CohortOpened: self._opened,
            scheduler.SessionBooked: self._booked,
            scheduler.SeatAccepted: self._seated,
            scheduler.StateChanged: self._state,
            scheduler.ObligationOpened: self._owed,
        }

    def begin(self) -> None:
        scenario = self._context.scenario
        sites = sorted({referral.site for referral in scenario.referrals})
        for site in sites:
            at = at_clock(scenario.begins_on, OPENS_AT, scenario.sites[site].zone)
            self._context.plan(f"open:{site}", at, partial(self._open_site, site))
        for cohort in scenario.cohorts:
            at = at_clock(cohort.opens_on or scenario.begins_on, OPENS_AT, scenario.sites[cohort.site].zone)
            self._context.plan(f"open:{cohort.site}:{cohort.name}", at, partial(self._open_cohort, cohort), rank=1)

    async def _open_site(self, site: str) -> None:
        team, apis = self._context.teams[site], self._context.apis
        await apis.put(
            team.coordinator,
            f"notifications/on-call/{site}",
            "sets who is on call",
            {"tiers": team.roster()},
        )
        if self._context.protocol.dosing:
            received = {"site": site, "movement": "receipt", "lot": LOT, "mg": RECEIVED_MG}
            await apis.post(team.prescriber, "session/substance-ledger", "receives the medicine", received)

    async def _open_cohort(self, cohort: Cohort) -> None:
        body = {
            "site": cohort.site,
            "protocol_id": self._context.protocol.id,
            "version": self._context.protocol.version,
            "starts_on": cohort.starts_on.isoformat(),
            "capacity": cohort.capacity,
            "inputs": dict(cohort.inputs),
        } | ({"theme": cohort.theme} if cohort.theme else {})
        coordinator = self._context.teams[cohort.site].coordinator
        await self._context.apis.post(coordinator, "scheduler/cohorts", f"opens the cohort {cohort.name}", body)

    def _owed(self, told: Told) -> None:
        """A group with too few people: the coordinators let it go on as it is."""
        task = told.data
        if task.kind in ("cohort_below_minimum", "session_below_quorum"):
            zone = self._context.scenario.sites[told.site].zone
            at = in_time(told.time, task.deadline, COORDINATORS, zone)
            self._context.plan(f"run:{task.item}", at, lambda: self._run(told.site, task))

    async def _run(self, site: str, task: scheduler.ObligationOpened) -> None:
        coordinator, url = self._context.teams[site].coordinator, f"scheduler/tasks/{task.obligation_id}/close"
        doing = f"decides that {task.item} goes on with fewer people"
        await self._context.apis.post(coordinator, url, doing, {"choice": "run"}, expected=["task_closed"])

    def _opened(self, told: Told) -> None:
        self._context.cohorts[told.data.cohort_id] = told.data

    def _booked(self, told: Told) -> None:
        key = (told.data.cohort_id, told.data.item)
        known = self._context.booked.get(key)
        if known is None or known.calendar_revision <= told.data.calendar_revision:
            self._context.booked[key] = told.data

    def _seated(self, told: Told) -> None:
        self._context.seats[told.data.program_id] = told.data.cohort_id

    def _state(self, told: Told) -> None:
        self._context.states[told.data.program_id] = told.data.state


def lot_expires(year: int) -> str:
    """The last day of the year after."""
    return f"{year + 1}-12-31"
