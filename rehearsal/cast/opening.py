"""What groups need: cohorts are opened, the on-call roster is set, medicine is received, a small group goes on."""

from functools import partial

from rehearsal.cast.days import COORDINATORS, at_clock, in_time
from rehearsal.cast.stage import Hearing, Stage, Told
from rehearsal.story import Cohort
from shared.events import scheduler

OPENS_AT = "09:00"
LOT = "HW-2701"
RECEIVED_MG = 100_000


class Opening:
    """What coordinators and prescribers do before anybody is referred, and when a group has too few people."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def hears(self) -> Hearing:
        return {
            scheduler.CohortOpened: self._opened,
            scheduler.SessionBooked: self._booked,
            scheduler.SeatAccepted: self._seated,
            scheduler.StateChanged: self._state,
            scheduler.ObligationOpened: self._owed,
        }

    def begin(self) -> None:
        story = self._stage.story
        sites = sorted({referral.site for referral in story.referrals})
        for site in sites:
            at = at_clock(story.begins_on, OPENS_AT, story.sites[site].zone)
            self._stage.plan(f"open:{site}", at, partial(self._open_site, site))
        for cohort in story.cohorts:
            at = at_clock(cohort.opens_on or story.begins_on, OPENS_AT, story.sites[cohort.site].zone)
            self._stage.plan(f"open:{cohort.site}:{cohort.name}", at, partial(self._open_cohort, cohort), rank=1)

    async def _open_site(self, site: str) -> None:
        team, apis = self._stage.teams[site], self._stage.apis
        await apis.put(
            team.coordinator,
            f"notifications/on-call/{site}",
            "sets who is on call",
            {"tiers": team.roster()},
        )
        if self._stage.protocol.dosing:
            received = {"site": site, "movement": "receipt", "lot": LOT, "mg": RECEIVED_MG}
            await apis.post(team.prescriber, "session/substance-ledger", "receives the medicine", received)

    async def _open_cohort(self, cohort: Cohort) -> None:
        body = {
            "site": cohort.site,
            "protocol_id": self._stage.protocol.id,
            "version": self._stage.protocol.version,
            "starts_on": cohort.starts_on.isoformat(),
            "capacity": cohort.capacity,
            "inputs": dict(cohort.inputs),
        } | ({"theme": cohort.theme} if cohort.theme else {})
        coordinator = self._stage.teams[cohort.site].coordinator
        await self._stage.apis.post(coordinator, "scheduler/cohorts", f"opens the cohort {cohort.name}", body)

    def _owed(self, told: Told) -> None:
        """A group with too few people: the coordinators let it go on as it is."""
        task = told.data
        if task.kind in ("cohort_below_minimum", "session_below_quorum"):
            zone = self._stage.story.sites[told.site].zone
            at = in_time(told.time, task.deadline, COORDINATORS, zone)
            self._stage.plan(f"run:{task.item}", at, lambda: self._run(told.site, task))

    async def _run(self, site: str, task: scheduler.ObligationOpened) -> None:
        coordinator, url = self._stage.teams[site].coordinator, f"scheduler/tasks/{task.obligation_id}/close"
        doing = f"decides that {task.item} goes on with fewer people"
        await self._stage.apis.post(coordinator, url, doing, {"choice": "run"}, expected=["task_closed"])

    def _opened(self, told: Told) -> None:
        self._stage.cohorts[told.data.cohort_id] = told.data

    def _booked(self, told: Told) -> None:
        key = (told.data.cohort_id, told.data.item)
        known = self._stage.booked.get(key)
        if known is None or known.calendar_revision <= told.data.calendar_revision:
            self._stage.booked[key] = told.data

    def _seated(self, told: Told) -> None:
        self._stage.seats[told.data.program_id] = told.data.cohort_id

    def _state(self, told: Told) -> None:
        self._stage.states[told.data.program_id] = told.data.state


def lot_expires(year: int) -> str:
    """The last day of the year after."""
    return f"{year + 1}-12-31"
