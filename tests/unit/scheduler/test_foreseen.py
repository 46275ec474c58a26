"""A refusal that is known beforehand is somebody's task in time, and none any more once it is averted."""

from datetime import datetime, timedelta

from services.scheduler.domain.decide import decide
from services.scheduler.domain.facts import FactKind
from services.scheduler.domain.foreseen import Foreseen, foreseen
from shared.protocol.vocabulary import Role
from tests.unit.scheduler.histories import WEEKLY6, Facts, member, plan

CALENDAR = plan()
DAY = timedelta(days=1)
BEFORE = WEEKLY6.dosing.foreseen_before.value if WEEKLY6.dosing else DAY


def start(item: str) -> datetime:
    return CALENDAR.sessions[item].starts_at


def agreed() -> Facts:
    facts = member(CALENDAR)
    for kind in WEEKLY6.cohort.start_needs:
        facts.tell(FactKind.AGREEMENT_SIGNED, kind, CALENDAR.starts_at - 10 * DAY)
    return facts


def seen(facts: Facts) -> dict[str, Foreseen]:
    return {one.kind: one for one in foreseen(WEEKLY6, CALENDAR, facts.history)}


def eligible(facts: Facts, at: datetime, until: datetime | None = None) -> Facts:
    data = {"decision": "eligible"} | ({"valid_until": until.isoformat()} if until else {})
    return facts.tell(FactKind.SCREENED, "screening", at, **data)


def test_nothing_is_foreseen_for_somebody_whose_decision_and_agreements_outlast_the_doses() -> None:
    assert seen(agreed()) == {}


def test_a_decision_that_ends_before_a_dose_is_a_clinicians_task_long_before_the_first_that_it_refuses() -> None:
    ends_at = start("dose:4") + DAY
    task = seen(eligible(agreed(), CALENDAR.starts_at, ends_at))["screening_renewal"]
    assert (task.owner, task.deadline, task.opens_at) == (Role.CLINICIAN, start("dose:5"), start("dose:5") - BEFORE)


def test_a_dose_that_begins_in_the_very_moment_in_which_the_decision_ends_is_refused() -> None:
    assert seen(eligible(agreed(), CALENDAR.starts_at, start("dose:5")))["screening_renewal"].deadline == start(
        "dose:5"
    )


def test_a_decision_of_an_older_build_ends_as_the_protocol_says() -> None:
    valid_for = WEEKLY6.screening.decision_valid_for
    assert valid_for is not None
    early = Facts().tell(FactKind.REFERRED, "referral", start("dose:2") - valid_for.value - DAY)
    eligible(early, start("dose:2") - valid_for.value)
    early.told += [fact for fact in agreed().told if fact.kind != FactKind.SCREENED]
    assert seen(early)["screening_renewal"].deadline == start("dose:2")


def test_a_renewed_decision_averts_the_refusal_in_whatever_order_the_two_are_heard() -> None:
    first, second = CALENDAR.starts_at - 170 * DAY, CALENDAR.starts_at
    for order in ((first, second), (second, first)):
        facts = agreed()
        for at in order:
            eligible(facts, at, at + 180 * DAY)
        assert seen(facts) == {}


def test_an_agreement_that_was_taken_back_is_the_coordinators_task_until_it_is_signed_again() -> None:
    revoked = agreed().tell(FactKind.AGREEMENT_REVOKED, "treatment_consent", start("dose:1") + DAY)
    revoked.tell(FactKind.DOSED, "dose:1", start("dose:1"))
    task = seen(revoked)["agreement_missing"]
    assert (task.owner, task.deadline) == (Role.COORDINATOR, start("dose:2"))
    assert seen(revoked.tell(FactKind.AGREEMENT_SIGNED, "treatment_consent", start("dose:1") + 2 * DAY)) == {}


def test_a_second_time_is_a_second_task() -> None:
    facts, items = agreed(), set()
    for hours in (1, 2):
        facts.tell(FactKind.AGREEMENT_REVOKED, "treatment_consent", CALENDAR.starts_at + timedelta(hours=hours))
        items.add(seen(facts)["agreement_missing"].item)
        facts.tell(
            FactKind.AGREEMENT_SIGNED, "treatment_consent", CALENDAR.starts_at + timedelta(hours=hours, minutes=9)
        )
    assert len(items) == 2


def test_a_dose_that_would_come_too_soon_after_the_last_is_the_prescribers_task() -> None:
    late = agreed().tell(FactKind.DOSED, "dose:1", start("dose:2") - 3 * DAY)
    task = seen(late)["interval_too_short"]
    assert (task.owner, task.deadline) == (Role.PRESCRIBER, start("dose:2"))


def test_for_whoever_left_or_has_no_dose_ahead_nothing_is_foreseen() -> None:
    short = eligible(agreed(), CALENDAR.starts_at, CALENDAR.starts_at + DAY)
    assert seen(short)
    assert not seen(
        eligible(agreed(), CALENDAR.starts_at).tell(FactKind.LEFT, "program", start("dose:1"), how="withdrawn")
    )
    for number in range(1, 7):
        short.tell(FactKind.WITHHELD, f"dose:{number}", start(f"dose:{number}"))
    assert not seen(short)


def test_the_workflow_wakes_for_it_opens_it_once_and_closes_what_is_averted() -> None:
    facts = eligible(agreed(), CALENDAR.starts_at, start("dose:6"))
    task = seen(facts)["screening_renewal"]
    early = decide(WEEKLY6, CALENDAR, facts.history, task.opens_at - timedelta(seconds=1))
    assert (early.foreseen, early.averted) == ((), ())
    assert early.wake_at is not None
    assert early.wake_at <= task.opens_at
    assert decide(WEEKLY6, CALENDAR, facts.history, task.opens_at).foreseen == (task,)
    facts.tell(FactKind.REFUSAL_FORESEEN, task.item, task.opens_at, kind=task.kind)
    assert decide(WEEKLY6, CALENDAR, facts.history, task.opens_at).foreseen == ()
    eligible(facts, task.opens_at + DAY, task.opens_at + 181 * DAY)
    averted = decide(WEEKLY6, CALENDAR, facts.history, task.opens_at + DAY)
    assert averted.averted == ((task.item, "screening_renewal"),)
    facts.tell(FactKind.REFUSAL_AVERTED, task.item, task.opens_at + DAY)
    assert decide(WEEKLY6, CALENDAR, facts.history, task.opens_at + DAY).averted == ()
