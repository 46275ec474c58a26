"""Doses: each rests on a proof that still proves, and the rules of the program hold on the log alone."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from chaos.invariants.evidence import Evidence, Row, Violation
from chaos.invariants.path import calendar_of, facts_of
from rehearsal import audit
from services.scheduler.domain.agenda import agenda
from services.scheduler.domain.clearance import refusals
from services.scheduler.domain.history import History
from shared.events import session
from shared.events.questions import AUTHORITIES

NAMED = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def rules_of_the_log(seen: Evidence) -> Iterator[Violation]:
    """Every rule of the program, on the event log alone."""
    for words in audit.violations(seen.log, seen.protocol):
        rule, _, said = words.partition(": ")
        yield Violation(rule, said, frozenset(map(UUID, NAMED.findall(said))))


def dose_is_told_as_it_is_kept(seen: Evidence) -> Iterator[Violation]:
    told = {(one.data.program_id, one.data.item): one.data for one in seen.told(session.DoseAdministered)}
    kept = {(row["program_id"], row["item"]): row for row in seen.rows["session.dose"]}
    for key in told.keys() ^ kept.keys():
        where = "the log tells of" if key in told else "session holds"
        yield Violation("dose_differs", f"{where} {key[1]} of {key[0]} alone", frozenset({key[0]}))
    for key in told.keys() & kept.keys():
        if told[key].administered_at != kept[key]["administered_at"]:
            yield Violation("dose_differs", f"{key[1]} of {key[0]} has two times", frozenset({key[0]}))


def dose_has_its_proof(seen: Evidence) -> Iterator[Violation]:
    """Each authority cleared it, and the answer was valid; the scheduler's is given again from the facts of then."""
    decisions = {row["id"]: row for row in seen.rows["session.decision"]}
    for row in seen.rows["session.dose"]:
        about = frozenset({row["program_id"]})
        what = f"{row['item']} of {row['program_id']}"
        if decisions[row["decision_id"]]["decision"] != "go":
            yield Violation("dose_without_go", what, about)
        proof = {one["authority"]: one for one in json.loads(row["clearances"])}
        for authority in AUTHORITIES:
            if not _was_valid(proof.get(authority), row["administered_at"]):
                yield Violation("dose_without_proof", f"{what}: {authority} had not cleared it", about)
        if found := _refused_then(seen, row, proof.get("scheduler")):
            yield Violation("dose_proof_does_not_prove", f"{what}: from the facts of then it was {found}", about)


def _was_valid(answer: Any, at: datetime) -> bool:
    return answer is not None and _moment(answer["answered_at"]) <= at < _moment(answer["valid_until"])


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _refused_then(seen: Evidence, dose: Row, answer: Any) -> tuple[str, ...]:
    if answer is None:
        return ()
    program = next(row for row in seen.rows["scheduler.program"] if row["id"] == dose["program_id"])
    history = History.of(facts_of(seen.rows, program["id"], answer["revision"]))
    calendar = calendar_of(seen.rows, program["cohort_id"])
    if calendar is None or history.cohort_id is None:
        return ("nobody with a seat",)
    ahead = agenda(seen.protocol, calendar, history)
    return refusals(seen.protocol, calendar, history, ahead, dose["item"], _moment(answer["answered_at"]))
