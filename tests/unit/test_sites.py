"""Sites and integrators are text that is checked, with file and line, before anything starts."""

import re
from pathlib import Path

import pytest

from cli import CHECKOUT
from shared.document import FaultyFile
from shared.nats_rights import INTEGRATORS_FILE, load_integrators
from shared.sites import SITES_FILE, load_sites


def said(load, file: Path, good: Path, old: str, new: str) -> str:
    text = good.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(FaultyFile) as wrong:
        load(file)
    return str(wrong.value).removeprefix(f"{file}:")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("code: bc", "code: bc.north", "3: sites[0].code: expected a site's code"),
        ("code: bc", "code: '*'", "3: sites[0].code: expected a site's code"),
        ("code: bc", "code: ''", "3: sites[0].code: expected a site's code"),
        ("code: bc", "code:", "3: sites[0].code: expected a valid string"),
        ("code: bc", "code: 7", "3: sites[0].code: expected text: put 7 in quotes"),
        ("code: co", "code: bc", "9: sites[1].code: 'bc' is another site's code already"),
        ('crisis_line: "988"', "crisis_line: 988", "13: sites[1].crisis_line: expected text: put 988 in quotes"),
        ('crisis_line: "9-8-8"', 'crisis_line: " "', "7: sites[0].crisis_line: "),
        ('    crisis_line: "9-8-8"\n', "", "3: sites[0].crisis_line: is missing"),
        ("America/Denver", "America/Denvr", "11: sites[1].zone: expected an IANA zone, such as America/Vancouver; did"),
        ("phone:", "phoen:", "6: sites[0].phoen: is not known here; did you mean 'phone'?"),
        ("    name: Harbour", "    code: bc\n    name: Harbour", "4: sites[0].code: the key 'code' is there twice"),
        ("sites:", "site:", "2: site: is not known here; did you mean 'sites'?"),
    ],
)
def test_a_fault_of_the_sites_is_said_with_its_line(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert sentence in said(load_sites, tmp_path / "sites.yaml", SITES_FILE, old, new)


def test_the_pattern_of_a_code_is_said(tmp_path: Path) -> None:
    assert "^[a-z][a-z0-9]{0,31}$" in said(load_sites, tmp_path / "s.yaml", SITES_FILE, "code: bc", "code: B C")


def test_on_and_no_are_words(tmp_path: Path) -> None:
    sites, integrators = tmp_path / "sites.yaml", tmp_path / "integrators.yaml"
    sites.write_text(SITES_FILE.read_text().replace("code: bc", "code: on").replace("code: co", "code: no"))
    integrators.write_text("integrators: [{name: ehr, sites: [on, no]}]")
    assert load_integrators(integrators, load_sites(sites)) == {"ehr": ["on", "no"]}


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("sites: [bc]", "sites: [bcc]", "4: integrators[0].sites[0]: there is no site 'bcc'; there are: bc, co"),
        ("sites: [bc]", "sites: ['*']", "4: integrators[0].sites[0]: expected a site's code"),
        ("sites: [bc]", "sites: []", "4: integrators[0].sites: "),
        ("sites: [bc]", "sites: bc", "4: integrators[0].sites: "),
        ("name: ehr-bc", "name: 'ehr {'", "3: integrators[0].name: expected an integrator's name"),
        ("name: ehr-bc", "name: session", "3: integrators[0].name: is a login of Homeward itself"),
        ("sites: [bc]", "sites: [bc]\n  - name: ehr-bc\n    sites: [bc]", "5: integrators[1].name: 'ehr-bc' is there"),
    ],
)
def test_a_fault_of_the_integrators_is_said_with_its_line(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert sentence in said(load_integrators, tmp_path / "integrators.yaml", INTEGRATORS_FILE, old, new)


def test_one_place_alone_reads_yaml() -> None:
    reads = re.compile(r"\byaml\.(safe_)?(load|parse|compose|scan)")
    rooms = ("services", "shared", "embedded", "rehearsal", "operations", "chaos", "cli", "benchmarks")
    found = {path for room in rooms for path in (CHECKOUT / room).rglob("*.py") if reads.search(path.read_text())}
    assert found == {CHECKOUT / "shared" / "document.py"}
