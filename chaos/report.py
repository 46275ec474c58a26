"""What an experiment came to, as `--json` writes it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel

from chaos.invariants import Evidence, Violation, mail
from chaos.plan import Fault
from rehearsal.report import LedgerSummary
from shared.events import integration, notifications, session

EVENTS = "events.jsonl"
"""The whole log, each event once, in the folder of the run."""


class Broken(BaseModel):
    """A rule that did not hold, and the last events that name what it is about."""

    rule: str
    words: str
    trail: list[str]


class Recovery(BaseModel):
    """Seconds from the beginning of a fault until the service that was hit, or each that stands on it, was ready, and
    until a build that lives had the place again. `by_kind`: the longest after each kind of fault."""

    longest: float
    after: str
    median: float
    by_kind: dict[str, float]


class FullDisk(BaseModel):
    """How often a server's disk was full, it said itself that no space is left, and it did not go on by itself once
    there was room, but had to be started again."""

    times: int
    felt: int
    restarted: int


class People(BaseModel):
    cohorts: int
    doses: int
    circles_attended: int
    absences: int
    risks: int
    pages: int


class Checked(BaseModel):
    """`messages` are the stream's with all repetitions; `inbox_rows`, `obligations` and `audit_rows` those of all
    services; `agendas` and `workflows` were compared while programs ran."""

    events: int
    messages: int
    inbox_rows: int
    obligations: int
    doses: int
    audit_rows: int
    agendas: int
    workflows: int


class Mails(BaseModel):
    """`twice_with_the_same_id`: a crash between sending and recording leaves a doubt, and the mail is sent again."""

    sent: int
    arrived: int
    twice_with_the_same_id: int


class Summary(BaseModel):
    """`left_out`: the kinds of faults that this machine does not allow, and why. `requests`: how the requests of
    people and staff ended, `refused: rule` among them. `virtual`: a rehearsal, in which nothing else is counted."""

    program: str
    virtual: bool
    seed: int
    kills: int
    sabotage: str | None
    wall_seconds: float
    ledger: LedgerSummary
    people: People
    faults: dict[str, dict[str, int]]
    left_out: dict[str, str]
    full_disks: dict[str, FullDisk]
    recovery: Recovery | None
    checked: Checked
    mails: Mails
    dead_letters: int
    requests: dict[str, int]
    violations: list[Broken]

    @property
    def command(self) -> str:
        """What does it again."""
        virtual = f" --virtual --protocol {self.program}" if self.virtual else ""
        return f"./homeward chaos{virtual} --kills {self.kills} --seed {self.seed}"


def keep_events(folder: Path, seen: Evidence) -> None:
    (folder / EVENTS).write_text("".join(f"{one.model_dump_json()}\n" for one in seen.log))


def faults_of(done: Sequence[Fault]) -> dict[str, dict[str, int]]:
    """How often each kind hit each target."""
    kinds = sorted({fault.kind for fault in done})
    return {kind: dict(sorted(Counter(f.target for f in done if f.kind == kind).items())) for kind in kinds}


def recovery_of(done: Sequence[Fault], seconds: Mapping[int, float]) -> Recovery | None:
    if not seconds:
        return None
    ordered = sorted(seconds.values())
    longest = max(seconds, key=lambda place: seconds[place])
    by_kind: dict[str, float] = {}
    for place, took in seconds.items():
        by_kind[done[place].kind] = max(by_kind.get(done[place].kind, 0.0), round(took, 1))
    return Recovery(
        longest=round(seconds[longest], 1),
        after=str(done[longest]),
        median=round(ordered[len(ordered) // 2], 1),
        by_kind=dict(sorted(by_kind.items())),
    )


def full_disks_of(done: Sequence[Fault], felt: Mapping[str, int], restarted: Mapping[str, int]) -> dict[str, FullDisk]:
    times = Counter(fault.target for fault in done if fault.kind == "full_disk")
    return {
        server: FullDisk(times=count, felt=felt.get(server, 0), restarted=restarted.get(server, 0))
        for server, count in sorted(times.items())
    }


def people_of(seen: Evidence, cohorts: int) -> People:
    attended = [one for one in seen.told(integration.AttendanceRecorded) if one.data.status == "attended"]
    return People(
        cohorts=cohorts,
        doses=len(seen.told(session.DoseAdministered)),
        circles_attended=len(attended),
        absences=len(seen.told(session.AbsenceRecorded, integration.AbsenceRecorded)),
        risks=len(seen.told(integration.RiskRaised)),
        pages=len(seen.told(notifications.PageRaised)),
    )


def checked_of(seen: Evidence, agendas: int, workflows: int) -> Checked:
    def rows(table: str) -> int:
        return sum(len(found) for name, found in seen.rows.items() if name.endswith(f".{table}"))

    return Checked(
        events=len(seen.log),
        messages=len(seen.kept),
        inbox_rows=rows("inbox"),
        obligations=rows("obligation"),
        doses=rows("dose"),
        audit_rows=rows("audit"),
        agendas=agendas,
        workflows=workflows,
    )


def mails_of(seen: Evidence) -> Mails:
    return Mails(
        sent=len(seen.told(notifications.MessageSent)),
        arrived=len(seen.mail_ids),
        twice_with_the_same_id=mail.in_doubt(seen),
    )


def ledger_of(seen: Evidence) -> LedgerSummary:
    ledger = seen.ledger
    return LedgerSummary.model_validate({"referred": ledger.referred, "balanced": ledger.balanced} | ledger.by_state)


def broken(seen: Evidence, found: Sequence[Violation]) -> list[Broken]:
    return [Broken(rule=one.rule, words=one.words, trail=seen.trail(one)) for one in found]
