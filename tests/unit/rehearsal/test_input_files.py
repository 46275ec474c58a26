"""Wrong input stops a rehearsal before anything starts: file, line, field, and what is expected."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml

from rehearsal.referrals import read_answers, read_referrals
from rehearsal.scenario import read_cohorts, read_scenario, read_script
from rehearsal.scenario.faults import cohort_faults
from rehearsal.scenario.stand_ins import with_stand_ins
from shared.document import FaultyFile
from shared.protocol.library import ProtocolLibrary
from shared.protocol.load import load_protocol
from shared.protocol.model import Protocol
from shared.sites import Site, load_sites

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples" / "weekly6"
Change = Callable[[str, str, str], None]


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return load_protocol(ROOT / "protocols" / "weekly6.yaml")


@pytest.fixture(scope="module")
def sites() -> dict[str, Site]:
    return load_sites(ROOT / "deploy" / "sites.yaml")


@pytest.fixture
def example(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "weekly6"))


@pytest.fixture
def change(example: Path) -> Change:
    def replace(file: str, old: str, new: str) -> None:
        text = (example / file).read_text()
        assert old in text
        (example / file).write_text(text.replace(old, new, 1))

    return replace


def refusal(read: Callable[..., object], file: Path, *more: object) -> str:
    with pytest.raises(FaultyFile) as wrong:
        read(file, *more)
    return str(wrong.value).replace(f"{file if file.is_dir() else file.parent}/", "")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "R-02,bc,2027-01-04",
            "R-02,cb,2027-01-04",
            "referrals.csv:3: site: 'cb' is not one of bc, co",
        ),
        (
            "R-02,bc,2027-01-04",
            "R-02,bc,4 January",
            "referrals.csv:3: referred_on: expected a day as YYYY-MM-DD ('4 January' was given)",
        ),
        ("R-02,", "R-01,", "referrals.csv:3: reference: R-01 is already on line 2"),
        ("R-02,", "r-01,", "referrals.csv:3: reference: r-01 is already on line 2"),
        ("mireille.okafor@example.org", "mireille", "referrals.csv:3: email: expected an e-mail address"),
        (
            "1990-07-30",
            "2030-07-30",
            "referrals.csv:3: date_of_birth: 2030-07-30 is not before the referral on 2027-01-04",
        ),
        ("mireille.okafor@example.org", "mireille..okafor@example.org", "referrals.csv:3: email: expected an e-mail"),
        ("mireille.okafor@example.org", "mir\u00e9ille@example.org", "referrals.csv:3: email: expected an e-mail"),
        ("Mireille,", '"Mire\nille",', "referrals.csv:4: given_name: holds a character that cannot be seen"),
        ("Mireille,", "Mire\u200bille,", "referrals.csv:3: given_name: holds a character that cannot be seen (U+200B"),
        ("Mireille,", "\u3164,", "referrals.csv:3: given_name: holds a character that cannot be seen (U+3164"),
        ("1990-07-30", "1890-07-30", "referrals.csv:3: date_of_birth: expected a day since 1900-01-01"),
        ("+1 604 555 0142", "call me", "referrals.csv:3: phone: expected a telephone number"),
        ("Mireille,Okafor", "Mireille", "referrals.csv:3: row: has 8 cells; expected 9"),
        ("reference,site", "reference,sight", "referrals.csv:1: sight: is not a known column; did you mean 'site'?"),
        ("America/Edmonton", "Mars/Olympus", "referrals.csv:12: zone: expected an IANA zone"),
    ],
)
def test_a_wrong_referral_is_named_by_row_and_field(
    example: Path, change: Change, sites: dict[str, Site], old: str, new: str, said: str
) -> None:
    change("referrals.csv", old, new)
    assert said in refusal(read_referrals, example / "referrals.csv", sites)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  height_cm: 178", "  height_cm: 17.8", "answers.yaml:5: R-01.height_cm: expected"),
        ("  height_cm: 178", "  heigth_cm: 178", "R-01.heigth_cm: is not known here; did you mean 'height_cm'?"),
        (
            "date_of_birth: 1984-03-12",
            "date_of_birth: 1984-03-13",
            "answers.yaml:4: R-01.date_of_birth: differs from the referral's 1984-03-12",
        ),
        ("code: ptsd, active", "code: ptds, active", "protocol's own; did you mean 'ptsd'?"),
        ("R-24:", "R-25:", "R-24: the screening answers are missing"),
        ("{potential: false}", "*anchor", "uses a YAML anchor or alias"),
    ],
)
def test_a_wrong_answer_is_named_by_line_and_path(
    example: Path, change: Change, sites: dict[str, Site], protocol: Protocol, old: str, new: str, said: str
) -> None:
    change("answers.yaml", old, new)
    people = read_referrals(example / "referrals.csv", sites)
    assert said in refusal(lambda file: read_answers(file, people, protocol), example / "answers.yaml")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  R-02:", "  R-99:", "people.R-99: nobody is referred as 'R-99'"),
        ('item: "circle:3"', 'item: "circle:33"', "'circle:33' is no such item of the protocol; did you mean"),
        ("absences:", "absenses:", "people.R-01.absenses: is not known here; did you mean 'absences'?"),
        ("remedy: go_on", "remedy: make_up", "an absence from a dose is closed by go_on, not by make_up"),
        ("check_in:dose:4:24h", "check_in:dose:4:24hours", "did you mean 'check_in:dose:4:24h'?"),
        ("instrument: phq9", "instrument: pcl5", "'pcl5' is not asked then; expected one of phq9, gad7"),
        ("question: 9", "question: 10", "expected a question from 1 to 9"),
        ("{unsafe: 1, coping: 9}", "{insecure: 1}", "'insecure' is no such item of the protocol"),
        ("{stop_bang: 6}", "{stop_bagn: 6}", "'stop_bagn' is no screening answer; did you mean 'stop_bang'?"),
        ("ends: declined", "ends: gone", "people.R-09.ends: expected"),
    ],
)
def test_a_story_that_cannot_happen_is_named_by_line_and_path(
    example: Path, change: Change, sites: dict[str, Site], protocol: Protocol, old: str, new: str, said: str
) -> None:
    change("scenario.yaml", old, new)
    known = {person.reference for person in read_referrals(example / "referrals.csv", sites)}
    sentence = refusal(read_script, example / "scenario.yaml", protocol, known)
    assert said in sentence
    assert sentence.startswith("scenario.yaml:")


def test_a_cohort_starts_on_a_monday_and_has_seats_for_a_group(
    example: Path, change: Change, sites: dict[str, Site], protocol: Protocol
) -> None:
    change("cohorts.yaml", "starts_on: 2027-02-01, capacity: 5", "starts_on: 2027-02-02, capacity: 50")
    said = refusal(read_cohorts, example / "cohorts.yaml", protocol, sites)
    assert "cohorts.yaml:4: cohorts[0].starts_on: 2027-02-02 is a Tuesday; weekly6 starts on a Monday" in said
    assert "cohorts[0].capacity: 50 is not within 4 to 8" in said


def test_every_fault_of_all_files_is_said_at_once(
    example: Path, change: Change, sites: dict[str, Site], protocol: Protocol
) -> None:
    change("answers.yaml", "  height_cm: 178", "  height_cm: 17.8")
    change("cohorts.yaml", "site: co", "site: colorado")
    change("scenario.yaml", "  R-02:", "  R-99:")
    said = refusal(read_scenario, example, protocol, sites)
    assert all(file in said for file in ("answers.yaml:5", "cohorts.yaml:5", "scenario.yaml:9"))


def test_a_missing_file_is_named(tmp_path: Path, sites: dict[str, Site]) -> None:
    assert (
        refusal(read_referrals, tmp_path / "referrals.csv", sites)
        == "referrals.csv:1: cannot be read: No such file or directory"
    )


def test_text_that_is_not_utf8_is_named_with_its_line(example: Path) -> None:
    file = example / "referrals.csv"
    file.write_bytes(file.read_bytes().replace(b"Mireille", b"Mir\xe9ille"))
    with pytest.raises(FaultyFile, match=r"referrals\.csv:3: is not UTF-8 text"):
        read_referrals(file, ["bc", "co"])


HEADER = "reference,site,referred_on,given_name,family_name,date_of_birth,email,phone,zone\n"


def own_people(file: Path, *births: str, on: str = "2029-03-07", site: str = "bc") -> Path:
    rows = (
        f"X-{n},{site},{on},Own{chr(64 + n)},Person,{born},x{n}@example.org,,\n" for n, born in enumerate(births, 1)
    )
    file.write_text(HEADER + "".join(rows))
    return file


def test_people_of_the_example_keep_their_answers_and_their_story(
    tmp_path: Path, protocol: Protocol, sites: dict[str, Site]
) -> None:
    lines = (EXAMPLE / "referrals.csv").read_text().splitlines(keepends=True)
    own = tmp_path / "mine.csv"
    own.write_text("".join(lines[:7]))
    scenario = read_scenario(EXAMPLE, protocol, sites, own)
    example = read_scenario(EXAMPLE, protocol, sites)
    assert [r.reference for r in scenario.referrals] == [f"R-0{n}" for n in range(1, 7)]
    assert scenario.answers == {name: example.answers[name] for name in scenario.answers}
    assert scenario.people == {name: person for name, person in example.people.items() if name in scenario.answers}


@pytest.mark.parametrize("name", ["weekly6", "rtt3", "colorado7", "numinus6", "ed4", "otago2"])
def test_people_of_ones_own_get_answers_a_decision_and_a_seat_in_every_program(
    tmp_path: Path, sites: dict[str, Site], name: str
) -> None:
    published = ProtocolLibrary(ROOT / "protocols").latest(name)
    program = with_stand_ins(published, ROOT / "examples" / name / "stand_ins.yaml")
    births = [f"{1969 + n}-05-04" for n in range(program.cohort.decided_size.minimum)]
    file = own_people(tmp_path / "mine.csv", *births, site=next(iter(sites)))
    scenario = read_scenario(ROOT / "examples" / name, published, sites, file)
    assert {one.date_of_birth.isoformat() for one in scenario.answers.values()} == set(births)
    assert scenario.people == {}
    [cohort] = scenario.cohorts
    assert cohort.capacity == len(births)
    assert cohort.starts_on > date(2029, 3, 7)
    assert not list(cohort_faults(cohort, program, sites))


def test_own_answers_decide_who_is_eligible(tmp_path: Path, protocol: Protocol, sites: dict[str, Site]) -> None:
    file = own_people(tmp_path / "mine.csv", *(f"198{n}-01-01" for n in range(6)))
    answers = read_answers(EXAMPLE / "answers.yaml", read_referrals(EXAMPLE / "referrals.csv", sites), protocol)
    unfit = answers["R-03"].model_copy(update={"date_of_birth": date(1980, 1, 1)})
    written = {"X-1": unfit.model_dump(mode="json", by_alias=True, exclude_none=True)}
    (tmp_path / "answers.yaml").write_text(yaml.safe_dump(written))
    scenario = read_scenario(EXAMPLE, protocol, sites, file)
    assert (scenario.answers["X-1"], scenario.people["X-1"].decision) == (unfit, "excluded")
    assert [cohort.capacity for cohort in scenario.cohorts] == [5]
    written["X-1"]["conditions"] = [{"code": "withdrawal_seizure", "active": False}]
    (tmp_path / "answers.yaml").write_text(yaml.safe_dump(written))
    unknown = refusal(lambda own: read_scenario(EXAMPLE, protocol, sites, own), file)
    assert "X-1.conditions[0].code: 'withdrawal_seizure' is neither a condition of every protocol" in unknown
    (tmp_path / "answers.yaml").write_text(yaml.safe_dump({"X-33": {}}))
    said = refusal(lambda own: read_scenario(EXAMPLE, protocol, sites, own), file)
    assert said.startswith("answers.yaml:1: X-33: nobody is referred under this reference; did you mean 'X-3'?")


def test_too_few_people_for_a_group_are_told_before_anything_starts(
    tmp_path: Path, protocol: Protocol, sites: dict[str, Site]
) -> None:
    file = own_people(tmp_path / "mine.csv", "1980-01-01", "1981-01-01", "1982-01-01")
    said = refusal(lambda own: read_scenario(EXAMPLE, protocol, sites, own), file)
    assert said == "mine.csv:1: 3 people at bc would join a group, and groups of weekly6 are of 4 to 8"


def test_many_people_are_divided_into_groups_of_nearly_one_size(
    tmp_path: Path, protocol: Protocol, sites: dict[str, Site]
) -> None:
    file = own_people(tmp_path / "mine.csv", *(f"19{60 + n}-01-01" for n in range(17)))
    assert [one.capacity for one in read_scenario(EXAMPLE, protocol, sites, file).cohorts] == [6, 6, 5]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty; expected comma-separated values in UTF-8 under the columns reference, site"),
        (b"\n \n", "is empty; expected comma-separated"),
        (HEADER.replace(",", ";").encode(), "has ';' between its cells; expected comma-separated values"),
        (HEADER.replace(",", "\t").encode(), "has '\\t' between its cells; expected comma-separated values"),
        (HEADER.encode("utf-16"), "is UTF-16 text; save it again as CSV in UTF-8"),
        (HEADER.encode("utf-16-be"), "is UTF-16 text; save it again as CSV in UTF-8"),
        (b"R-01,bc,2027-01-04,Ada\n", "has no line with the names of its columns; expected comma-separated values"),
    ],
)
def test_a_file_of_another_kind_is_told_in_one_sentence(
    tmp_path: Path, sites: dict[str, Site], content: bytes, said: str
) -> None:
    file = tmp_path / "referrals.csv"
    file.write_bytes(content)
    sentence = refusal(read_referrals, file, sites)
    assert sentence.startswith(f"referrals.csv:1: {said}")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [("referrals.csv", "R-02,bc,2027-01-04", "R-02,bc,9999-12-31"), ("cohorts.yaml", "2027-02-15", "9999-12-20")],
)
def test_a_day_out_of_every_calendars_reach_is_refused(
    example: Path, change: Change, sites: dict[str, Site], protocol: Protocol, file: str, old: str, new: str
) -> None:
    change(file, old, new)
    assert "expected a day from 2000-01-01 to 2099-12-31 ('9999-12-" in refusal(
        lambda folder: read_scenario(folder, protocol, sites), example
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("dose_week_1: 4, ", "", "rtt3 needs dose_week_1: The week of the first dose"),
        ("dose_week_1: 4", "dose_week_1: 8", "no calendar can be made of this: 'dose:2' is not after 'dose:1'"),
        ("firefighters: 1", "firefigters: 1", "rtt3 asks for no 'firefigters'; did you mean 'firefighters'?"),
    ],
)
def test_what_a_cohort_must_say_for_itself_is_asked_for_by_name(
    tmp_path: Path, sites: dict[str, Site], old: str, new: str, said: str
) -> None:
    rtt3 = load_protocol(EXAMPLE.parents[1] / "protocols" / "rtt3.yaml")
    text = (EXAMPLE.parent / "rtt3" / "cohorts.yaml").read_text()
    (tmp_path / "cohorts.yaml").write_text(text.replace(old, new))
    assert said in refusal(read_cohorts, tmp_path / "cohorts.yaml", rtt3, sites)


def test_a_published_mean_is_of_a_questionnaire_that_is_asked_and_can_be_reached(
    example: Path, change: Change, sites: dict[str, Site], protocol: Protocol
) -> None:
    change("scenario.yaml", "people:\n", "before: {phq9: 31, gad8: 9}\npeople:\n")
    known = {person.reference for person in read_referrals(example / "referrals.csv", sites)}
    said = refusal(read_script, example / "scenario.yaml", protocol, known)
    assert "before.phq9: 31 is above the highest total, 27" in said
    assert "'gad8' is no such item of the protocol; did you mean 'gad7'?" in said
