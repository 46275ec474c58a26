"""A scenario from its files. Whatever is wrong is said with file, line and field, before anything starts."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from rehearsal.referrals import Referral, read_answers, read_referrals
from rehearsal.scenario.faults import cohort_faults, person_faults, script_faults
from rehearsal.scenario.own import OwnPeople
from rehearsal.scenario.script import Cohort, Cohorts, Scenario, Script
from rehearsal.scenario.stand_ins import with_stand_ins
from shared.document import Fault, FaultyFile
from shared.model_file import read_model
from shared.protocol.answers import ScreeningAnswers
from shared.protocol.base import near_miss
from shared.protocol.model import Protocol
from shared.sites import Site


def read_scenario(
    folder: Path, protocol: Protocol, sites: Mapping[str, Site], referrals: Path | None = None
) -> Scenario:
    """The scenario in a folder of examples, or one of somebody's own referrals; raises FaultyFile.

    Beside one's own referrals, `answers.yaml`, `cohorts.yaml` and `scenario.yaml` may say more; what they leave open is
    made up out of the folder's example. What its scenario says holds for its own people alone.
    """
    protocol = with_stand_ins(protocol, folder / "stand_ins.yaml")
    example = _read(folder / "referrals.csv", protocol, sites)
    if referrals is None or referrals.resolve() == (folder / "referrals.csv").resolve():
        return example
    return _own(example, referrals)


def _read(referrals: Path, protocol: Protocol, sites: Mapping[str, Site]) -> Scenario:
    """The scenario of a folder that holds all four files."""
    folder, errors = referrals.parent, list[Fault]()
    people = read_referrals(referrals, sites)
    answers: Mapping[str, ScreeningAnswers] = {}
    cohorts: tuple[Cohort, ...] = ()
    script = Script(title=protocol.title)
    try:
        answers = read_answers(folder / "answers.yaml", people, protocol)
    except FaultyFile as wrong:
        errors += wrong.faults
    try:
        cohorts = read_cohorts(folder / "cohorts.yaml", protocol, sites)
    except FaultyFile as wrong:
        errors += wrong.faults
    try:
        script = read_script(folder / "scenario.yaml", protocol, {one.reference for one in people})
    except FaultyFile as wrong:
        errors += wrong.faults
    errors += _seatless(folder / "cohorts.yaml", people, cohorts)
    if errors:
        raise FaultyFile(errors)
    return Scenario(protocol, sites, people, answers, cohorts, script.people, script.title, script.before)


def _own(example: Scenario, referrals: Path) -> Scenario:
    protocol, sites, folder = example.protocol, example.sites, referrals.parent
    own = OwnPeople(example, read_referrals(referrals, sites))
    answers_file, cohorts_file, story_file = (
        folder / name for name in ("answers.yaml", "cohorts.yaml", "scenario.yaml")
    )
    answers = own.answers()
    if answers_file.exists():
        answers = {**answers, **read_answers(answers_file, own.referrals, protocol, some=True)}
    people = own.people(answers)
    if story_file.exists():
        told = read_script(story_file, protocol, {one.reference for one in own.referrals})
        people = {**people, **told.people}
    if cohorts_file.exists():
        cohorts = read_cohorts(cohorts_file, protocol, sites)
        if seatless := list(_seatless(cohorts_file, own.referrals, cohorts)):
            raise FaultyFile(seatless)
    else:
        cohorts = own.cohorts(people, referrals)
    return Scenario(
        protocol, sites, own.referrals, answers, cohorts, people, f"{referrals.name} in {protocol.id}", example.before
    )


def _seatless(file: Path, people: Iterable[Referral], cohorts: Iterable[Cohort]) -> Iterator[Fault]:
    sites = {cohort.site for cohort in cohorts}
    for site in sorted({person.site for person in people} - sites) if sites else ():
        yield Fault(str(file), 1, "cohorts", f"no cohort is at {site}, where people are referred")


def read_cohorts(file: Path, protocol: Protocol, sites: Mapping[str, Site]) -> tuple[Cohort, ...]:
    """The cohorts that the coordinators open; raises FaultyFile."""
    told, document = read_model(file, Cohorts)
    errors = []
    for index, cohort in enumerate(told.cohorts):
        for name, sentence in cohort_faults(cohort, protocol, sites):
            path = ("cohorts", index, name)
            errors.append(document.fault(file, path, sentence))
    if errors:
        raise FaultyFile(errors)
    return told.cohorts


def read_script(file: Path, protocol: Protocol, references: Iterable[str]) -> Script:
    """Who does what differently; raises FaultyFile where it names an unknown person or item."""
    known = set(references)
    script, document = read_model(file, Script)
    errors = []
    for path, sentence in script_faults(script, protocol):
        errors.append(document.fault(file, path, sentence))
    for reference, person in script.people.items():
        here = ("people", reference)
        if reference not in known:
            sentence = f"nobody is referred as {reference!r}{near_miss(reference, known)}"
            errors.append(document.fault(file, here, sentence))
        for path, sentence in person_faults(person, protocol):
            errors.append(document.fault(file, (*here, *path), sentence))
    if errors:
        raise FaultyFile(errors)
    return script
