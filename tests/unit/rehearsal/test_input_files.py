"""Wrong input stops a rehearsal before anything starts: file, line, field, and what is expected."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rehearsal.referrals import WrongInput, read_answers, read_referrals
from rehearsal.story import read_cohorts, read_script, read_story
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
    with pytest.raises(WrongInput) as wrong:
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
        ("code: ptsd, active", "code: ptds, active", "conditions[0].code: expected"),
        ("R-24:", "R-25:", "R-24: the screening answers are missing"),
        ("{potential: false}", "*anchor", "uses a YAML anchor or alias"),
    ],
)
def test_a_wrong_answer_is_named_by_line_and_path(
    example: Path, change: Change, sites: dict[str, Site], old: str, new: str, said: str
) -> None:
    change("answers.yaml", old, new)
    people = read_referrals(example / "referrals.csv", sites)
    assert said in refusal(read_answers, example / "answers.yaml", people)


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
        ("ends: declined", "ends: gone", "people.R-09.ends: expected"),
    ],
)
def test_a_story_that_cannot_happen_is_named_by_line_and_path(
    example: Path, change: Change, sites: dict[str, Site], protocol: Protocol, old: str, new: str, said: str
) -> None:
    change("story.yaml", old, new)
    known = {person.reference for person in read_referrals(example / "referrals.csv", sites)}
    sentence = refusal(read_script, example / "story.yaml", protocol, known)
    assert said in sentence
    assert sentence.startswith("story.yaml:")


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
    change("story.yaml", "  R-02:", "  R-99:")
    said = refusal(read_story, example, protocol, sites)
    assert all(file in said for file in ("answers.yaml:5", "cohorts.yaml:5", "story.yaml:9"))


def test_a_missing_file_is_named(tmp_path: Path, sites: dict[str, Site]) -> None:
    assert (
        refusal(read_referrals, tmp_path / "referrals.csv", sites)
        == "referrals.csv:1: cannot be read: No such file or directory"
    )


def test_text_that_is_not_utf8_is_named_with_its_line(example: Path) -> None:
    file = example / "referrals.csv"
    file.write_bytes(file.read_bytes().replace(b"Mireille", b"Mir\xe9ille"))
    with pytest.raises(WrongInput, match=r"referrals\.csv:3: is not UTF-8 text"):
        read_referrals(file, ["bc", "co"])


def test_somebodys_own_referrals_take_the_rest_from_the_example(
    tmp_path: Path, protocol: Protocol, sites: dict[str, Site]
) -> None:
    lines = (EXAMPLE / "referrals.csv").read_text().splitlines(keepends=True)
    own = tmp_path / "mine.csv"
    own.write_text("".join(lines[:5]))
    story = read_story(EXAMPLE, protocol, sites, own)
    assert [r.reference for r in story.referrals] == ["R-01", "R-02", "R-03", "R-04"]
    assert set(story.people) == {"R-01", "R-02", "R-03", "R-04"}


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
    change("story.yaml", "people:\n", "before: {phq9: 31, gad8: 9}\npeople:\n")
    known = {person.reference for person in read_referrals(example / "referrals.csv", sites)}
    said = refusal(read_script, example / "story.yaml", protocol, known)
    assert "before.phq9: 31 is above the highest total, 27" in said
    assert "'gad8' is no such item of the protocol; did you mean 'gad7'?" in said
