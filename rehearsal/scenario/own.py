"""People of one's own, as far as their file leaves open: what they answer, whether they are eligible, which group."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import cycle
from pathlib import Path

from rehearsal.referrals import Referral
from rehearsal.scenario.script import ORDINARY, WITHOUT_A_GROUP, Cohort, Person, Scenario
from services.intake.domain.referral import Pin
from services.intake.domain.screening import Evaluation, evaluate
from shared.document import Fault, FaultyFile
from shared.protocol.answers import ScreeningAnswers
from shared.protocol.model import Protocol

WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class OwnPeople:
    """Makes up what is left open, out of the example that belongs to the protocol."""

    example: Scenario
    referrals: tuple[Referral, ...]

    @property
    def protocol(self) -> Protocol:
        return self.example.protocol

    def of_the_example(self) -> set[str]:
        """The references whose people are the example's own: what it tells of them holds."""
        known = {one.reference: one for one in self.example.referrals}
        return {one.reference for one in self.referrals if _same_person(one, known.get(one.reference))}

    def answers(self) -> Mapping[str, ScreeningAnswers]:
        """Made-up answers for everybody: those of the example's ordinary people, one after the other.

        Only the date of birth is the person's own; days in the past are left out, since they may lie ahead of others.
        """
        ordinary = cycle([self._timeless(answers) for answers in self._ordinary()])
        made_up = {
            one.reference: next(ordinary).model_copy(update={"date_of_birth": one.date_of_birth})
            for one in self.referrals
        }
        return made_up | {name: self.example.answers[name] for name in self.of_the_example()}

    def _ordinary(self) -> list[ScreeningAnswers]:
        people = [(one, self.example.answers[one.reference]) for one in self.example.referrals]
        return [
            answers
            for one, answers in people
            if self.example.person(one.reference).ends == "completed"
            and _decision(self._evaluate(one, self._timeless(answers))).decision == "eligible"
        ]

    @staticmethod
    def _timeless(answers: ScreeningAnswers) -> ScreeningAnswers:
        conditions = tuple(one.model_copy(update={"since": None}) for one in answers.conditions)
        medications = tuple(one.model_copy(update={"last_taken": None}) for one in answers.medications)
        return answers.model_copy(update={"conditions": conditions, "medications": medications})

    def people(self, answers: Mapping[str, ScreeningAnswers]) -> Mapping[str, Person]:
        """What becomes of everybody: what the example tells of its own, and what the rules find of the others."""
        found = {one.reference: _decision(self._evaluate(one, answers[one.reference])) for one in self.referrals}
        told = {name: self.example.people[name] for name in self.of_the_example() & self.example.people.keys()}
        return {name: person for name, person in found.items() if person != ORDINARY} | told

    def _evaluate(self, one: Referral, answers: ScreeningAnswers) -> Evaluation:
        pin = Pin(self.protocol.id, self.protocol.version, self.protocol.content_hash)
        moment = datetime.combine(one.referred_on, time(12), UTC)
        return evaluate(self.protocol.screening, pin, answers, version=1, now=moment)

    def cohorts(self, people: Mapping[str, Person], file: Path) -> tuple[Cohort, ...]:
        """Groups for all who are eligible, at each site as the example's first one. Raises FaultyFile."""
        first, sizes = self.example.cohorts[0], self.protocol.cohort.decided_size
        late = max(one.referred_on for one in self.referrals) - max(one.referred_on for one in self._before(first))
        starts_on = first.starts_on + -(-late // WEEK) * WEEK
        made: list[Cohort] = []
        for site in sorted({one.site for one in self.referrals}):
            here = [one for one in self.referrals if one.site == site]
            seated = sum(people.get(one.reference, ORDINARY).seat == "accepts" for one in here if _joins(one, people))
            groups = list(_divided(seated, sizes.minimum, sizes.maximum))
            if not groups:
                within = f"{sizes.minimum} to {sizes.maximum}"
                says = f"{seated} people at {site} would join a group, and groups of {self.protocol.id} are of {within}"
                raise FaultyFile([Fault(str(file), 1, "", says)])
            made += [
                first.model_copy(
                    update={
                        "name": f"Group {number} at {site}",
                        "site": site,
                        "capacity": size,
                        "starts_on": starts_on,
                        "opens_on": None,
                    }
                )
                for number, size in enumerate(groups, 1)
            ]
        return tuple(made)

    def _before(self, cohort: Cohort) -> Sequence[Referral]:
        return [one for one in self.example.referrals if one.referred_on < cohort.starts_on]


def _joins(one: Referral, people: Mapping[str, Person]) -> bool:
    person = people.get(one.reference, ORDINARY)
    return person.decision == "eligible" and person.forms == "submitted"


def _divided(people: int, least: int, most: int) -> Iterator[int]:
    """Divide people into as few groups as possible, as equal as possible; nothing when they do not go up."""
    groups = -(-people // most)
    if not groups or people // groups < least:
        return
    for group in range(groups):
        yield people // groups + (group < people % groups)


def _same_person(one: Referral, other: Referral | None) -> bool:
    named = ("given_name", "family_name", "date_of_birth")
    return other is not None and all(getattr(one, name) == getattr(other, name) for name in named)


def _decision(evaluation: Evaluation) -> Person:
    """What a clinician decides who follows the rules: nothing else is known of somebody's own people."""
    if evaluation.excludes:
        reason = "; ".join(finding.says for finding in evaluation.excludes)[:300]
        return Person(decision="excluded", decision_reason=reason, ends="excluded")
    if evaluation.suggested in WITHOUT_A_GROUP:
        reason = "; ".join(one.says for one in evaluation.reasons)[:300] or "individual care fits better"
        return Person(decision="redirected", decision_reason=reason, ends="redirected")
    return ORDINARY
