"""The watched ledger: what is a fault, what is told of it, what Prometheus reads."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import yaml

from cli import CHECKOUT
from operations.discrepancies import NotProvisioned, Repair
from operations.watching import ConfirmedFindings, Looked, Metrics, Watch, summary
from rehearsal.ledger import Ledger, Owed, Referred
from services.notifications.clients import smtp
from shared import reconciler, relay

NOW = datetime(2030, 1, 7, 17, tzinfo=UTC)
ADA = Referred(UUID(int=1), "bc", "R-1", "active")
LOST = Referred(UUID(int=2), "bc", "R-2", None)
LOST_SAYS = "referral R-2 at bc is in no state: it has no program"
GONE = NotProvisioned("PROGRAM.session")
RULES = CHECKOUT / "deploy" / "prometheus" / "homeward.rules.yaml"


def owed(owner: str = "clinician", deadline: datetime = NOW + timedelta(days=1)) -> Owed:
    ids = {"id": UUID(int=9), "site": "bc", "program_id": ADA.program_id}
    closed = {"closed_at": None, "closure": None}
    said = {"kind": "absence", "item": "circle:1", "owner": owner, "stage": "open"}
    return Owed("scheduler", **ids, **said, opened_at=NOW, deadline=deadline, **closed)


def looked(*people: Referred, obligations: Sequence[Owed] = (), discrepancies: Sequence[NotProvisioned] = ()) -> Looked:
    return Looked(Ledger(NOW, people, obligations), discrepancies)


class Ended(BaseException):
    """There is nothing more to look at."""


class Scene:
    """A watch that sees one look after the other, and what came of it."""

    def __init__(self, *looks: Looked | Exception, deaf: int = 0) -> None:
        self.told: list[tuple[str, list[str]]] = []
        self.said: list[str] = []
        self.metrics = Metrics(["bc", "co"])
        self._looks, self._deaf = list(looks), deaf

    async def look(self) -> Looked:
        if not self._looks:
            raise Ended
        seen = self._looks.pop(0)
        if isinstance(seen, Exception):
            raise seen
        return seen

    async def tell(self, site: str, faults: Sequence[str]) -> None:
        if self._deaf:
            self._deaf -= 1
            raise ConnectionError("the scheduler does not answer")
        self.told.append((site, list(faults)))

    async def play(self) -> "Scene":
        with pytest.raises(Ended):
            await Watch(self.look, self.tell, ["bc", "co"], self.said.append, self.metrics).run(0)
        return self

    def reads(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"homeward_{name}", labels)


async def test_a_ledger_that_balances_is_told_once():
    scene = await Scene(looked(ADA), looked(ADA), looked(ADA)).play()
    assert scene.told == [("bc", []), ("co", [])]


async def test_a_fault_is_told_at_the_second_look_and_its_end_at_the_next():
    scene = await Scene(looked(ADA, LOST), looked(ADA, LOST), looked(ADA, LOST), looked(ADA)).play()
    assert scene.told == [("bc", []), ("co", []), ("bc", [LOST_SAYS]), ("bc", [])]


async def test_a_referral_on_its_way_to_the_scheduler_is_no_fault():
    scene = await Scene(looked(LOST), looked(ADA)).play()
    assert all(faults == [] for _, faults in scene.told)


async def test_what_is_owed_by_nobody_is_a_fault():
    scene = await Scene(*[looked(ADA, obligations=[owed(owner=" ")])] * 2).play()
    assert ("bc", ["absence of circle:1 is due and has no owner"]) in scene.told


async def test_what_the_scheduler_did_not_take_is_told_again():
    scene = await Scene(looked(ADA), looked(ADA), deaf=1).play()
    assert scene.told == [("bc", []), ("co", [])]
    assert any("the scheduler does not answer" in line for line in scene.said)


async def test_a_look_that_fails_is_said_and_the_watch_goes_on():
    scene = await Scene(looked(ADA, LOST), ConnectionError("no database"), looked(ADA, LOST)).play()
    assert "could not look: ConnectionError: no database" in scene.said
    assert ("bc", [LOST_SAYS]) in scene.told


async def test_prometheus_reads_people_faults_debts_and_discrepancies():
    late = owed(deadline=NOW - timedelta(hours=1))
    scene = await Scene(*[looked(ADA, LOST, obligations=[late], discrepancies=[GONE])] * 2).play()
    assert scene.reads("ledger_people", site="bc", state="active") == 1
    assert scene.reads("ledger_people", site="bc", state="none") == 1
    assert scene.reads("ledger_referred", site="bc") == 2
    assert [scene.reads("ledger_faults", site=site) for site in ("bc", "co")] == [1, 0]
    assert scene.reads("ledger_overdue", site="bc", service="scheduler", owner="clinician") == 1
    assert scene.reads("ledger_troubles", repair="provision again") == 1
    assert scene.reads("ledger_read_timestamp_seconds") > 0


async def test_a_line_is_said_when_something_changed():
    scene = await Scene(looked(ADA), looked(ADA), *[looked(ADA, discrepancies=[GONE])] * 3).play()
    assert [line for line in scene.said if not line.startswith(" ")] == [
        "2030-01-07 17:00:00Z  1 referred, balanced, 0 due, 0 overdue",
        "2030-01-07 17:00:00Z  1 referred, balanced, 0 due, 0 overdue, 1 with repair: provision again",
    ]
    assert f"  {GONE.says}" in scene.said


def test_a_summary_counts_what_two_looks_agree_on():
    assert summary(ConfirmedFindings(looked(ADA, LOST))) == "2 referred, balanced, 0 due, 0 overdue"


def test_every_alert_asks_for_a_metric_that_there_is():
    groups = yaml.safe_load(RULES.read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    named = _metric_names()
    assert rules
    for rule in rules:
        assert any(name in rule["expr"] for name in named), rule["alert"]
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["do"]


def _metric_names() -> list[str]:
    of_services = [
        family.name for one in (reconciler.nudged_again, relay.waiting, smtp.mails) for family in one.collect()
    ]
    return of_services + [family.name for family in Metrics([]).registry.collect()]


def test_every_repair_has_its_word_in_the_alerts():
    text = RULES.read_text()
    assert all(repair.value in text for repair in Repair)
