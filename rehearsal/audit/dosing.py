"""The rules that every dose must have kept."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from rehearsal.audit.path import Path
from shared.events import intake, integration, scheduler, session
from shared.events.questions import AUTHORITIES
from shared.protocol.items import session_kind
from shared.protocol.model import Protocol
from shared.protocol.vocabulary import SessionKind

AT_THE_DOSE = timedelta(seconds=10)


def dose_without_clearance(path: Path, protocol: Protocol) -> Iterator[str]:
    """No dose without clearance: each authority answered before it, and that answer was still valid."""
    for dose in path.doses:
        valid = {
            clearance.authority
            for clearance in dose.clearances
            if clearance.answered_at <= dose.administered_at <= clearance.valid_until
        }
        for authority in AUTHORITIES:
            if authority not in valid:
                yield f"{dose.item} was given without a valid clearance of {authority}"


def dose_on_old_answers(path: Path, protocol: Protocol) -> Iterator[str]:
    """The authorities were asked at the dose itself, not only at the go."""
    for dose in path.doses:
        for clearance in dose.clearances:
            if dose.administered_at - clearance.answered_at > AT_THE_DOSE:
                yield f"{dose.item} was given on an answer of {clearance.authority} from {clearance.answered_at}"


def dose_not_decided(path: Path, protocol: Protocol) -> Iterator[str]:
    """A prescriber's last decision before the dose is a go."""
    for dose in path.doses:
        decisions = path.told(session.DoseDecided, before=dose.administered_at, item=dose.item)
        if not decisions or decisions[-1].data.decision != "go":
            yield f"{dose.item} was given without a prescriber's go"


def dose_without_second_person(path: Path, protocol: Protocol) -> Iterator[str]:
    """Whoever verifies a dose is not who gives it, where the protocol asks for it."""
    if protocol.dosing and protocol.dosing.verifier_differs.value:
        for dose in path.doses:
            if dose.administered_by == dose.verified_by:
                yield f"{dose.item} was verified by the same person who gave it"


def dose_while_a_circle_is_owed(path: Path, protocol: Protocol) -> Iterator[str]:
    """A missed circle holds the next dose until a make-up was attended or a clinician signed an override."""
    if not protocol.sessions_of(SessionKind.CIRCLE):
        return
    if not protocol.rules_for(SessionKind.CIRCLE).missed.holds_a_dose:
        return
    for dose in path.doses:
        at = dose.administered_at
        for missed in [
            absence.item for absence in path.absences(before=at) if session_kind(absence.item) is SessionKind.CIRCLE
        ]:
            overridden = path.told(scheduler.ItemOverridden, before=at, item=missed)
            if not overridden and not path.attended(missed, before=at):
                yield f"{dose.item} was given while {missed} was still to be made up"


def dose_before_preparation(path: Path, protocol: Protocol) -> Iterator[str]:
    """No dose before every preparation was attended or made up, where the protocol says that it blocks."""
    preparations = protocol.sessions_of(SessionKind.PREPARATION)
    if not preparations or not protocol.rules_for(SessionKind.PREPARATION).missed.holds_a_dose:
        return
    for dose in path.doses:
        for preparation in preparations:
            if not path.attended(preparation.key, before=dose.administered_at):
                yield f"{dose.item} was given before {preparation.key} was attended"


def dose_before_what_it_needs(path: Path, protocol: Protocol) -> Iterator[str]:
    """A dose comes after an eligible decision, with the agreements in force and the measures that it requires."""
    for dose in path.doses:
        at = dose.administered_at
        screened = path.told(intake.ScreeningDecided, before=at)
        if not screened or screened[-1].data.decision != "eligible":
            yield f"{dose.item} was given without an eligible screening decision"
        for kind in protocol.cohort.start_needs:
            signed = path.told(intake.AgreementSigned, before=at, kind=kind)
            revoked = path.told(intake.AgreementRevoked, before=at, kind=kind)
            if not signed or (revoked and revoked[-1].time > signed[-1].time):
                yield f"{dose.item} was given without a {kind}"
        for measure in protocol.measures:
            item = f"measure:{measure.key}"
            if dose.item in measure.required_for and not path.told(integration.MeasureCompleted, before=at, item=item):
                yield f"{dose.item} was given before {item} was complete"


def dose_on_a_reopened_decision(path: Path, protocol: Protocol) -> Iterator[str]:
    """Flag a dose after what the screening decision rested on was corrected, and before it was signed again."""
    for dose in path.doses:
        asked = [one.answered_at for one in dose.clearances if one.authority == "intake"]
        at = min([dose.administered_at, *asked])
        reopened = path.told(intake.ScreeningReopened, before=at)
        signed = path.told(intake.ScreeningDecided, before=at)
        if reopened and (not signed or signed[-1].time <= reopened[-1].time):
            yield f"{dose.item} was given on a screening decision that no longer stood"


def doses_too_close(path: Path, protocol: Protocol) -> Iterator[str]:
    """Between any two doses of a person lies at least the protocol's minimum interval."""
    if protocol.dosing is None:
        return
    interval = protocol.dosing.min_interval.value
    for earlier, later in pairwise(path.doses):
        between = later.administered_at - earlier.administered_at
        if between < interval:
            yield f"{later.item} was given {between} after {earlier.item}; at least {interval} must lie between"


def dose_given_twice(path: Path, protocol: Protocol) -> Iterator[str]:
    """Each dose of the program is given once."""
    for item, times in Counter(dose.item for dose in path.doses).items():
        if times > 1:
            yield f"{item} was given {times} times"


def dose_out_of_order(path: Path, protocol: Protocol) -> Iterator[str]:
    """Doses never go back: a later one has a higher number."""
    for earlier, later in pairwise(path.doses):
        if _number(later.item) < _number(earlier.item):
            yield f"{later.item} was given after {earlier.item}"


def missed_dose_given_later(path: Path, protocol: Protocol) -> Iterator[str]:
    """A missed or withheld dose is never given later: never doubled. Who came after all had not missed it."""
    for dose in path.doses:
        at = dose.administered_at
        absent = [absence for _, absence in path.absences_told(before=at) if absence.item == dose.item]
        withheld = path.told(session.DoseWithheld, before=at, item=dose.item)
        if absent or withheld:
            yield f"{dose.item} was given after it had been missed"


def dose_outside_the_program(path: Path, protocol: Protocol) -> Iterator[str]:
    """Only who is active in the program is dosed: not before a seat, not after leaving."""
    for dose in path.doses:
        state = path.state(dose.administered_at)
        if state != "active":
            yield f"{dose.item} was given while the program was {state or 'in no state'}"


def dose_while_a_risk_is_open(path: Path, protocol: Protocol) -> Iterator[str]:
    """No dose between a raised risk and the clinician's decision about it, as it stood when integration was asked;
    one of a session day's own screener is known there at once."""
    for dose in path.doses:
        asked = [one.answered_at for one in dose.clearances if one.authority == "integration"]
        at = min([dose.administered_at, *asked])
        for raised in path.told(integration.RiskRaised, before=at):
            if not path.told(integration.RiskClosed, before=at, risk_id=raised.data.risk_id):
                yield f"{dose.item} was given while the risk of {raised.data.item} was open"
        given_at = dose.administered_at
        for signalled in path.told(session.RiskRaised, before=given_at):
            if not path.told(session.RiskClosed, before=given_at, session_id=signalled.data.session_id):
                yield f"{dose.item} was given while the screener of {signalled.data.item} was undecided"


def _number(item: str) -> int:
    return int(item.rpartition(":")[2])
