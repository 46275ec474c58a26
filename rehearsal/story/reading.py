"""A story from its files. Whatever is wrong is said with file, line and field, before anything starts."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from rehearsal.referrals import (
    InputError,
    Referral,
    WrongInput,
    document_errors,
    document_of,
    read_answers,
    read_referrals,
)
from rehearsal.story.faults import cohort_faults, person_faults, script_faults
from rehearsal.story.script import Cohort, Cohorts, Script, Story
from shared.protocol.answers import ScreeningAnswers
from shared.protocol.base import near_miss
from shared.protocol.document import Document
from shared.protocol.load import dotted
from shared.protocol.model import Protocol
from shared.sites import Site


def read_story(folder: Path, protocol: Protocol, sites: Mapping[str, Site], referrals: Path | None = None) -> Story:
    """The story in a folder of examples, or with somebody's own referrals file; raises WrongInput.

    `answers.yaml`, `cohorts.yaml` and `story.yaml` are taken from beside the referrals file, else from `folder`;
    what the folder's story says of people who are not referred does not apply.
    """
    referrals = referrals or folder / "referrals.csv"
    errors: list[InputError] = []
    people = read_referrals(referrals, sites)
    beside = {name: referrals.parent / name for name in ("answers.yaml", "cohorts.yaml", "story.yaml")}
    files = {name: file if file.exists() else folder / name for name, file in beside.items()}
    answers: Mapping[str, ScreeningAnswers] = {}
    cohorts: tuple[Cohort, ...] = ()
    script = Script(title=protocol.title)
    try:
        answers = read_answers(files["answers.yaml"], people)
    except WrongInput as wrong:
        errors += wrong.errors
    try:
        cohorts = read_cohorts(files["cohorts.yaml"], protocol, sites)
    except WrongInput as wrong:
        errors += wrong.errors
    try:
        own = files["story.yaml"] == beside["story.yaml"]
        script = read_script(files["story.yaml"], protocol, {p.reference for p in people}, others_allowed=not own)
    except WrongInput as wrong:
        errors += wrong.errors
    errors += _seatless(files["cohorts.yaml"], people, cohorts)
    if errors:
        raise WrongInput(errors)
    return Story(protocol, sites, people, answers, cohorts, script.people, script.title, script.before)


def _seatless(file: Path, people: Iterable[Referral], cohorts: Iterable[Cohort]) -> Iterator[InputError]:
    sites = {cohort.site for cohort in cohorts}
    for site in sorted({person.site for person in people} - sites) if sites else ():
        yield InputError(str(file), 1, "cohorts", f"no cohort is at {site}, where people are referred")


def read_cohorts(file: Path, protocol: Protocol, sites: Mapping[str, Site]) -> tuple[Cohort, ...]:
    """The cohorts that the coordinators open; raises WrongInput."""
    document = document_of(file)
    try:
        cohorts = Cohorts.model_validate(document.data).cohorts
    except ValidationError as invalid:
        raise WrongInput(document_errors(file, document, invalid, (), Cohorts)) from invalid
    errors = []
    for index, cohort in enumerate(cohorts):
        for name, sentence in cohort_faults(cohort, protocol, sites):
            path = ("cohorts", index, name)
            errors.append(InputError(str(file), document.line_of(path), dotted(path), sentence))
    if errors:
        raise WrongInput(errors)
    return cohorts


def read_script(file: Path, protocol: Protocol, references: Iterable[str], *, others_allowed: bool = False) -> Script:
    """Who does what differently; raises WrongInput where it names an unknown person or item."""
    known = set(references)
    document = document_of(file)
    if others_allowed:
        document = _of_these_alone(document, known)
    try:
        script = Script.model_validate(document.data)
    except ValidationError as invalid:
        raise WrongInput(document_errors(file, document, invalid, (), Script)) from invalid
    errors = []
    for path, sentence in script_faults(script, protocol):
        errors.append(InputError(str(file), document.line_of(path), dotted(path), sentence))
    for reference, person in script.people.items():
        here = ("people", reference)
        if reference not in known:
            sentence = f"nobody is referred as {reference!r}{near_miss(reference, known)}"
            errors.append(InputError(str(file), document.line_of(here), dotted(here), sentence))
        for path, sentence in person_faults(person, protocol):
            errors.append(InputError(str(file), document.line_of((*here, *path)), dotted((*here, *path)), sentence))
    if errors:
        raise WrongInput(errors)
    return script


def _of_these_alone(document: Document, known: set[str]) -> Document:
    people = document.data.get("people") if isinstance(document.data, dict) else None
    if not isinstance(people, dict):
        return document
    kept = {reference: person for reference, person in people.items() if reference in known}
    return Document({**document.data, "people": kept}, document.lines)
