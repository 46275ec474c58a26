"""The rules that nobody misses what they were never told of: appointments, offers, dropped messages."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from rehearsal.audit.path import Path
from shared.events import intake, integration, notifications, scheduler, session
from shared.events.notifications import SuppressionRule
from shared.protocol.model import Protocol
from shared.protocol.spans import later, nominal_length
from shared.protocol.vocabulary import SessionKind
from shared.vocabulary import those

DROPPED: frozenset[SuppressionRule] = those(
    SuppressionRule, are=("cap", "best_before", "opted_out", "no_contact"), are_not=("reason_gone", "coalesced")
)
Appointment = tuple[str, datetime]


def appointment_nobody_was_told_of(path: Path, protocol: Protocol) -> Iterator[str]:
    """Each session and make-up that a person is expected at was told by a mail or a call, or somebody was to call.

    Whoever came knew of it, and whoever said beforehand that they would not.
    """
    for item, starts_at in (*_sessions(path, protocol), *_make_ups(path)):
        if starts_at > path.ends_at or path.state(starts_at) != "active":
            continue
        told = path.told(notifications.ParticipantTold, before=starts_at, item=item)
        if not (told or _knew_of_it(path, item, starts_at) or _somebody_calls(path, item)):
            yield f"{item} on {starts_at:%Y-%m-%d %H:%M} stands in no mail, and nobody was asked to call"


def _sessions(path: Path, protocol: Protocol) -> Iterator[Appointment]:
    """The sessions whose roster has the person, if they had their seat when the first reminder was due."""
    seated = path.told(scheduler.SeatAccepted)
    for due in path.rosters:
        leads = protocol.rules_for(SessionKind(due.kind)).remind_before
        if not leads or not seated:
            continue
        first_reminder = later(due.starts_at, -max(leads, key=nominal_length), ZoneInfo(due.zone))
        if seated[0].time <= first_reminder:
            yield due.item, due.starts_at


def _make_ups(path: Path) -> Iterator[Appointment]:
    cancelled = {event.data.item for event in path.told(scheduler.MakeUpCancelled)}
    for booked in path.told(scheduler.MakeUpBooked):
        if booked.data.item not in cancelled:
            yield booked.data.item, booked.data.starts_at


def _knew_of_it(path: Path, item: str, starts_at: datetime) -> bool:
    there = {attendance.item for attendance in path.attendances() if attendance.status == "attended"}
    said_so = (*path.told(session.AbsenceRecorded, item=item), *path.told(integration.AbsenceRecorded, item=item))
    return item in there or any(absence.time < starts_at for absence in said_so)


def _somebody_calls(path: Path, item: str) -> bool:
    return any(_call(path, dropped.message_id) for dropped in _not_sent(path) if dropped.item == item)


def _not_sent(path: Path) -> list[notifications.MessageSuppressed | notifications.MessageFailed]:
    kept_back = [event.data for event in path.told(notifications.MessageSuppressed)]
    failed = [event.data for event in path.told(notifications.MessageFailed)]
    return [*kept_back, *failed]


def _call(path: Path, message_id: object) -> bool:
    return bool(path.told(notifications.ObligationOpened, kind="undelivered", item=str(message_id)))


def notice_dropped_without_a_call(path: Path, protocol: Protocol) -> Iterator[str]:
    """Whatever must reach a person and is carried by no mail is somebody's call."""
    must_reach = protocol.messages.must_reach.value
    for dropped in _not_sent(path):
        rule = getattr(dropped, "rule", "failed")
        if dropped.category in must_reach and rule in (*DROPPED, "failed") and not _call(path, dropped.message_id):
            yield f"the {dropped.category} of {dropped.item or 'a seat'} was dropped ({rule}), and nobody was to call"


def forms_lapsed_unheard(path: Path, protocol: Protocol) -> Iterator[str]:
    """Forms lapse by the silence of somebody who was told of them, for as long as the protocol gives them."""
    for lapsed in path.told(intake.ScreeningLapsed):
        by = lapsed.time - protocol.screening.forms_within.value
        if not path.told(notifications.ParticipantTold, before=by, category="forms"):
            yield f"the forms lapsed on {lapsed.time:%Y-%m-%d}, though nobody had told them in time"


def written_to_after_a_stop(path: Path, protocol: Protocol) -> Iterator[str]:
    """Whoever stopped a kind of mail gets none of that kind any more."""
    for stopped in path.told(notifications.MessageSuppressed, rule="opted_out"):
        category = stopped.data.category
        later = [sent for sent in path.told(notifications.MessageSent, category=category) if sent.time > stopped.time]
        if later:
            yield f"a mail of the kind {category} was sent on {later[0].time:%Y-%m-%d}, though they had stopped them"
            return


def offer_let_pass_unheard(path: Path, protocol: Protocol) -> Iterator[str]:
    """An offer that expires was told of while it stood; else it does not count, and somebody is to call."""
    for expired in path.told(scheduler.SeatExpired):
        offered = path.told(scheduler.SeatOffered, before=expired.time, cohort_id=expired.data.cohort_id)
        heard = [
            told
            for told in path.told(notifications.ParticipantTold, before=expired.time, category="seat_offer")
            if offered and told.data.caused_at >= offered[-1].time
        ]
        if expired.data.heard and not heard:
            yield f"the offer of {expired.time:%Y-%m-%d} counts as ignored, though nobody told them of it"
        if not expired.data.heard and not path.told(scheduler.ObligationOpened, kind="unheard_offer"):
            yield f"nobody was told of the offer that ended on {expired.time:%Y-%m-%d}, and nobody was to call"
