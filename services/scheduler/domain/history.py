"""A program's history: its facts, folded into what the rules ask about."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from services.scheduler.domain.facts import (
    FINAL,
    STILL_OWED,
    Absence,
    Closure,
    Decision,
    FactKind,
    Left,
    MakeUp,
    ProgramFact,
    Window,
    task_of,
)
from shared.obligation_kinds import Kind
from shared.protocol.items import is_make_up, session_kind
from shared.protocol.vocabulary import SessionKind
from shared.vocabulary import total


@dataclass
class History:
    """Everything that the rules ask about one program.

    `unheard` are the missed sessions and make-ups that nobody had told the person of, with the item of the call to
    them. `eligible` is when the newest `eligible` was decided and until when it was signed for; `foreseen` are the
    refusals that are somebody's task now, by item.
    """

    referred_at: datetime | None = None
    screenings: list[tuple[datetime, Decision]] = field(default_factory=list)
    eligible: tuple[datetime, datetime | None] | None = None
    screening_lapsed: bool = False
    offer: UUID | None = None
    offered_at: datetime | None = None
    offer_heard: bool = False
    offers_expired: int = 0
    declined: bool = False
    cohort_id: UUID | None = None
    seated_at: datetime | None = None
    agreements: set[str] = field(default_factory=set)
    revoked: dict[str, datetime] = field(default_factory=dict)
    announced: dict[str, Window] = field(default_factory=dict)
    attended: dict[str, datetime] = field(default_factory=dict)
    absences: dict[str, Absence] = field(default_factory=dict)
    taken_back: dict[str, list[datetime]] = field(default_factory=dict)
    unheard: dict[str, str] = field(default_factory=dict)
    doses: dict[str, datetime] = field(default_factory=dict)
    withheld: set[str] = field(default_factory=set)
    make_ups: dict[str, MakeUp] = field(default_factory=dict)
    missed_make_ups: set[str] = field(default_factory=set)
    overridden: dict[str, str] = field(default_factory=dict)
    hold: str | None = None
    check_ins: set[str] = field(default_factory=set)
    measured: dict[str, bool] = field(default_factory=dict)
    reviews: dict[str, str | None] = field(default_factory=dict)
    foreseen: dict[str, Kind] = field(default_factory=dict)
    left: Left | None = None
    left_at: datetime | None = None
    finished: bool = False
    amended_at: datetime | None = None

    @classmethod
    def of(cls, facts: Iterable[ProgramFact]) -> Self:
        """Fold facts, in the order of their revisions."""
        history = cls()
        for fact in facts:
            _FOLD[fact.kind](history, fact)
        for make_up in history.make_ups.values():
            if make_up.item in history.attended:
                history._close_absence(make_up.missed_item, "make_up", "rule:make_up")
        return history

    @property
    def decision(self) -> Decision | None:
        """The newest screening decision, in whatever order they were heard.

        Only `eligible` is ever renewed, or stands no longer (`reopened`) until a clinician signs again: any other
        decision is the last, and nothing that comes after it counts.
        """
        decisions = [decision for _, decision in sorted(self.screenings)]
        final = (one for one in decisions if one in FINAL)
        return next(final, decisions[-1] if decisions else None)

    @property
    def eligible_since(self) -> datetime | None:
        """When the person was first found eligible: a renewed decision keeps their place on the waitlist."""
        return min((at for at, decision in self.screenings if decision == "eligible"), default=None)

    @property
    def last_dose_at(self) -> datetime | None:
        return max(self.doses.values(), default=None)

    @property
    def absences_told(self) -> int:
        """How many absences were told in all, with those that were taken back."""
        taken_back = (times for item, times in self.taken_back.items() if not is_make_up(item))
        return len(self.absences) + sum(map(len, taken_back))

    @property
    def heard_absences(self) -> list[Absence]:
        """The absences that were the person's own: from sessions that they had been told of."""
        return [absence for absence in self.absences.values() if absence.item not in self.unheard]

    def is_over(self, item: str) -> bool:
        """A session that happened for this person, one way or the other; it never moves or comes back."""
        match session_kind(item):
            case SessionKind.DOSE:
                return item in self.absences or item in self.doses or item in self.withheld
            case SessionKind.PREPARATION | SessionKind.CIRCLE:
                return item in self.attended or item in self.absences

    def awaits(self, make_up: MakeUp) -> bool:
        """Whether a make-up is still to come: nobody has said yet that the person was there, or was not."""
        return not (make_up.cancelled or make_up.item in self.attended or make_up.item in self.missed_make_ups)

    def owed(self, kind: SessionKind) -> list[str]:
        """Missed sessions of a kind that were neither made up nor overridden."""
        return [
            absence.item
            for absence in self.absences.values()
            if session_kind(absence.item) == kind
            and (absence.closure is None or absence.closure in STILL_OWED)
            and absence.item not in self.overridden
        ]

    def _close_absence(self, item: str, closure: Closure, closed_by: str) -> None:
        absence = self.absences.get(item)
        if absence and absence.closure is None:
            self.absences[item] = replace(absence, closure=closure, closed_by=closed_by)


def _referred(h: History, f: ProgramFact) -> None:
    h.referred_at = f.at


def _reopened(h: History, f: ProgramFact) -> None:
    h.screenings.append((f.at, "reopened"))
    h.offer = None


def _screened(h: History, f: ProgramFact) -> None:
    h.screenings.append((f.at, f.data["decision"]))
    if f.data["decision"] == "eligible" and (h.eligible is None or h.eligible[0] <= f.at):
        until = f.data.get("valid_until")
        h.eligible = f.at, datetime.fromisoformat(until) if until else None


def _revoked(h: History, f: ProgramFact) -> None:
    h.agreements.discard(f.item)
    h.revoked[f.item] = f.at


def _screening_lapsed(h: History, f: ProgramFact) -> None:
    h.screening_lapsed = True


def _offered(h: History, f: ProgramFact) -> None:
    h.offer, h.offered_at, h.offer_heard = UUID(f.data["cohort_id"]), f.at, False


def _heard(h: History, f: ProgramFact) -> None:
    """A message of an earlier offer, told of late, says nothing about this one."""
    if h.offered_at and datetime.fromisoformat(f.data["caused_at"]) >= h.offered_at:
        h.offer_heard = True


def _accepted(h: History, f: ProgramFact) -> None:
    h.offer, h.cohort_id, h.seated_at = None, UUID(f.data["cohort_id"]), f.at


def _declined(h: History, f: ProgramFact) -> None:
    h.offer, h.declined = None, True


def _expired(h: History, f: ProgramFact) -> None:
    """Only an offer that was heard is one that was let pass."""
    h.offer, h.offers_expired = None, h.offers_expired + bool(f.data.get("heard", True))


def _seat_taken_back(h: History, f: ProgramFact) -> None:
    """The cohort was cancelled: the person waits again, where they stood in the line."""
    h.offer, h.cohort_id, h.seated_at = None, None, None
    for item in h.absences:
        h.taken_back.setdefault(item, []).append(f.at)
    h.absences.clear()
    h.unheard.clear()


def _announced(h: History, f: ProgramFact) -> None:
    h.announced[f.item] = Window(datetime.fromisoformat(f.data["at"]), datetime.fromisoformat(f.data["until"]))


def _absent(h: History, f: ProgramFact) -> None:
    """Facts come in any order: an absence that was told before it was taken back stays taken back."""
    earlier = h.taken_back.get(f.item, [])
    if any(f.at <= at for at in earlier):
        return
    if is_make_up(f.item):
        h.missed_make_ups.add(f.item)
        return
    h.absences[f.item] = Absence(f.item, f.at, bool(f.data.get("excused")), number=len(earlier) + 1)
    if f.item in h.overridden:
        h._close_absence(f.item, "override", h.overridden[f.item])


def _absence_unheard(h: History, f: ProgramFact) -> None:
    earlier = h.taken_back.get(f.item, [])
    if not any(f.at <= at for at in earlier):
        h.unheard[f.item] = task_of(f.item, len(earlier) + 1)


def _absence_taken_back(h: History, f: ProgramFact) -> None:
    h.taken_back.setdefault(f.item, []).append(f.at)
    h.unheard.pop(f.item, None)
    absence = h.absences.get(f.item)
    if absence and absence.at <= f.at:
        del h.absences[f.item]
    h.missed_make_ups.discard(f.item)
    if f.data["attended"]:
        h.attended.setdefault(f.item, f.at)


def _make_up_booked(h: History, f: ProgramFact) -> None:
    times = (datetime.fromisoformat(f.data["starts_at"]), datetime.fromisoformat(f.data["ends_at"]))
    h.make_ups[f.item] = MakeUp(f.item, f.data["missed_item"], *times, UUID(f.data["session_id"]))


def _make_up_cancelled(h: History, f: ProgramFact) -> None:
    h.make_ups[f.item] = replace(h.make_ups[f.item], cancelled=True)


def _overridden(h: History, f: ProgramFact) -> None:
    h.overridden[f.item] = f.data["by"]
    h._close_absence(f.item, "override", f.data["by"])


def _left(h: History, f: ProgramFact) -> None:
    h.left, h.left_at = f.data["how"], f.at


def _left_taken_back(h: History, f: ProgramFact) -> None:
    """Whoever left gave back a seat that they were offered: they wait for the next one."""
    h.left, h.left_at, h.offer = None, None, None


_FOLD: Mapping[FactKind, Callable[[History, ProgramFact], object]] = total(
    FactKind,
    {
        FactKind.REFERRED: _referred,
        FactKind.FORMS_SUBMITTED: lambda h, f: None,
        FactKind.SCREENED: _screened,
        FactKind.SCREENING_REOPENED: _reopened,
        FactKind.SCREENING_LAPSED: _screening_lapsed,
        FactKind.SEAT_OFFERED: _offered,
        FactKind.OFFER_HEARD: _heard,
        FactKind.SEAT_ACCEPTED: _accepted,
        FactKind.SEAT_DECLINED: _declined,
        FactKind.SEAT_EXPIRED: _expired,
        FactKind.SEAT_TAKEN_BACK: _seat_taken_back,
        FactKind.AGREEMENT_SIGNED: lambda h, f: h.agreements.add(f.item),
        FactKind.AGREEMENT_REVOKED: _revoked,
        FactKind.ANNOUNCED: _announced,
        FactKind.ATTENDED: lambda h, f: h.attended.setdefault(f.item, f.at),
        FactKind.ABSENT: _absent,
        FactKind.ABSENCE_TAKEN_BACK: _absence_taken_back,
        FactKind.ABSENCE_UNHEARD: _absence_unheard,
        FactKind.DOSED: lambda h, f: h.doses.setdefault(f.item, f.at),
        FactKind.WITHHELD: lambda h, f: h.withheld.add(f.item),
        FactKind.MAKE_UP_BOOKED: _make_up_booked,
        FactKind.MAKE_UP_CANCELLED: _make_up_cancelled,
        FactKind.OVERRIDDEN: _overridden,
        FactKind.HELD: lambda h, f: setattr(h, "hold", f.item),
        FactKind.RELEASED: lambda h, f: setattr(h, "hold", None),
        FactKind.ABSENCE_CLOSED: lambda h, f: h._close_absence(f.item, f.data["closure"], f.data["by"]),
        FactKind.CHECK_IN_CLOSED: lambda h, f: h.check_ins.add(f.item),
        FactKind.MEASURE_COMPLETED: lambda h, f: h.measured.__setitem__(f.item, True),
        FactKind.MEASURE_MISSED: lambda h, f: h.measured.setdefault(f.item, False),
        FactKind.REFUSAL_FORESEEN: lambda h, f: h.foreseen.__setitem__(f.item, f.data["kind"]),
        FactKind.REFUSAL_AVERTED: lambda h, f: h.foreseen.pop(f.item, None),
        FactKind.REVIEW_OPENED: lambda h, f: h.reviews.__setitem__(f.item, None),
        FactKind.REVIEW_DECIDED: lambda h, f: h.reviews.__setitem__(f.item, f.data["decision"]),
        FactKind.LEFT: _left,
        FactKind.LEFT_TAKEN_BACK: _left_taken_back,
        FactKind.FINISHED: lambda h, f: setattr(h, "finished", True),
        FactKind.AMENDED: lambda h, f: setattr(h, "amended_at", f.at),
        FactKind.CALENDAR_MOVED: lambda h, f: None,
    },
)
