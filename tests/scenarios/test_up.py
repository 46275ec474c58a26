"""`./homeward up` as a user runs it: a process of its own, on a data folder, ended with Ctrl-C."""

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psutil
import pytest

from embedded.endpoints import ENDPOINTS, Endpoints
from embedded.process import die_with_parent, is_alive
from embedded.stack import ROOT
from shared.events import SERVICES
from tests.lib import servers

COMMAND = str(ROOT / "homeward")
LAST_LINE = "all of this"
READY_WITHIN, ENDED_WITHIN, SAID_WITHIN = 120, 60, 60
LOOK_AGAIN = 0.1
AS_A_JOB = ("sh", "-c", "trap '' INT; exec \"$@\"", "sh")
"""As a shell starts what goes on beside it: deaf to Ctrl-C, unless the command itself listens."""


@dataclass
class Said:
    """What a command came to."""

    status: int
    out: str
    err: str


@dataclass
class Up:
    """`./homeward up` on a data folder; it can be ended and started again."""

    data: Path
    lines: list[str] = field(default_factory=list)
    process: asyncio.subprocess.Process | None = None
    reading: asyncio.Task[None] | None = None
    over: bool = False
    said: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def start(self) -> None:
        """Returns when everything that it says at its start is said."""
        await self.launch()
        await self.says(LAST_LINE)
        assert "ready" in self.lines, "\n".join(self.lines)

    async def launch(self) -> None:
        self.lines.clear()
        self.over = False
        self.process = await asyncio.create_subprocess_exec(
            *(COMMAND, "up", "--data", str(self.data)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        self.reading = asyncio.create_task(self._read(self.process))

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout
        async for line in process.stdout:
            async with self.said:
                self.lines.append(line.decode().rstrip())
                self.said.notify_all()
        async with self.said:
            self.over = True
            self.said.notify_all()

    async def says(self, words: str) -> None:
        async with asyncio.timeout(READY_WITHIN), self.said:
            await self.said.wait_for(lambda: self.over or any(words in line for line in self.lines))
        assert any(words in line for line in self.lines), "\n".join(self.lines)

    async def press_ctrl_c(self) -> int:
        """What a terminal does; answers the exit status."""
        assert self.process
        assert self.reading
        os.killpg(self.process.pid, signal.SIGINT)
        status = await asyncio.wait_for(self.process.wait(), ENDED_WITHIN)
        await self.reading
        return status

    async def end(self) -> None:
        if self.process and self.process.returncode is None:
            await self.press_ctrl_c()

    def family(self) -> list[psutil.Process]:
        """The process and all that it started, and what these started."""
        assert self.process
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def process_of(self, service: str) -> psutil.Process | None:
        return next((one for one in self.family() if f"services.{service}.main" in _command_line(one)), None)

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints.load(self.data)

    async def homeward(self, *words: str) -> Said:
        """Another command of the user's, on the same data."""
        process = await asyncio.create_subprocess_exec(
            *(COMMAND, *words, "--data", str(self.data)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=os.environ | {"COLUMNS": "200"},
        )
        out, err = await asyncio.wait_for(process.communicate(), SAID_WITHIN)
        assert process.returncode is not None
        return Said(process.returncode, out.decode(), err.decode())

    async def post_referral(self, reference: str) -> httpx.Response:
        """A referral by HTTP, with a token of `./homeward token`."""
        person = {"given_name": "Robin", "family_name": reference, "date_of_birth": "1985-05-05"}
        person |= {"email": f"{reference.lower()}@people.invalid"}
        body = {"site": "bc", "protocol_id": "weekly6", "reference": reference, "person": person}
        return await self.ask("POST", "intake", "/referrals", json=body)

    async def refer(self, reference: str) -> UUID:
        answer = await self.post_referral(reference)
        assert answer.status_code == httpx.codes.CREATED, answer.text
        return UUID(answer.json()["program_id"])

    async def ask(self, method: str, service: str, path: str, **content: Any) -> httpx.Response:
        made = await self.homeward("token", "--role", "coordinator", "--site", "bc")
        headers = {"Authorization": f"Bearer {made.out.strip()}"}
        async with httpx.AsyncClient(base_url=self.endpoints.services[service], timeout=30) as client:
            return await client.request(method, path, headers=headers, **content)

    async def shows(self, reference: str) -> Said:
        """`./homeward program show`, asked again until the scheduler has heard of the referral."""
        async with asyncio.timeout(SAID_WITHIN):
            while (said := await self.homeward("program", "show", reference)).status:
                assert "reaches it within a second" in said.err, said.err
        return said

    async def follows(self, is_told: Callable[[str], bool]) -> str:
        """The first line of `./homeward events --follow` that is so."""
        process = await asyncio.create_subprocess_exec(
            *(*AS_A_JOB, COMMAND, "events", "--follow", "--data", str(self.data)),
            stdout=asyncio.subprocess.PIPE,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        assert process.stdout
        try:
            async with asyncio.timeout(SAID_WITHIN):
                async for line in process.stdout:
                    if is_told(line.decode()):
                        return line.decode()
        finally:
            process.send_signal(signal.SIGINT)
            await asyncio.wait_for(process.communicate(), ENDED_WITHIN)
        raise AssertionError("events --follow ended by itself")


def _command_line(process: psutil.Process) -> list[str]:
    with suppress(psutil.NoSuchProcess):
        return process.cmdline()
    return []


@pytest.fixture(scope="module")
async def up() -> AsyncIterator[Up]:
    async with servers.temporary_folder() as folder:
        running = Up(folder / "data")
        try:
            await running.start()
            yield running
        finally:
            await running.end()


async def test_it_says_ready_and_where_everything_listens(up: Up) -> None:
    told = json.loads((up.data / ENDPOINTS).read_text())
    assert set(told["services"]) == set(SERVICES)
    shown = "\n".join(up.lines[up.lines.index("ready") :])
    for address in (*told["services"].values(), told["nats_url"], told["temporal_address"], told["temporal_ui"]):
        assert address in shown
    async with httpx.AsyncClient(timeout=30) as client:
        for address in [f"{url}/readyz" for url in told["services"].values()] + [told["temporal_ui"]]:
            assert (await client.get(address, follow_redirects=True)).status_code == httpx.codes.OK, address


async def test_a_token_stands_alone_on_standard_output(up: Up) -> None:
    made = await up.homeward("token", "--role", "coordinator", "--site", "bc")
    assert made.status == 0
    assert len(made.out.split()) == 1
    assert made.out.count(".") == 2


async def test_a_release_says_how_many_values_are_not_signed_off_before_anybody_signs(up: Up) -> None:
    words = ("protocol", "release", "rtt3@1.0.0", "--site", "co", "--author", "Dr. A", "--reason", "first version")
    asked = await up.homeward(*words, "--name", "Dr. B")
    assert asked.status == 1
    assert "flagged values of rtt3 1.0.0 are not signed off at co" in asked.out
    assert "Release rtt3 1.0.0 at co, signed by Dr. B?" in asked.out
    assert "is released" not in asked.out

    signed = await up.homeward(*words, "--name", "Dr. B", "--yes")
    assert "rtt3 1.0.0 is released at co" in signed.out, "the first one signed nothing"


async def test_a_referral_is_seen_by_events_program_and_ledger(up: Up) -> None:
    program_id = await up.refer("U-1")
    told = await up.follows(lambda line: str(program_id) in line)
    assert "intake.referral.received" in told

    events = await up.homeward("events")
    received = [line for line in events.out.splitlines() if "intake.referral.received" in line]
    assert [str(program_id) in line and " bc " in line for line in received].count(True) == 1

    program = await up.shows("u-1")
    assert str(program_id) in program.out
    assert "state in_screening  phase screening" in program.out

    ledger = await up.homeward("ledger")
    assert ledger.status == 0, ledger.out
    assert "in screening" in ledger.out.replace("_", " ")
    assert "forms" in ledger.out


async def test_the_audit_trail_is_shown_verified_and_anchored(up: Up) -> None:
    program_id = await up.refer("U-8")
    shown = await up.homeward("audit", "show", "--program", str(program_id))
    assert shown.status == 0, shown.err
    assert "POST /referrals" in shown.out
    by_reference = await up.homeward("audit", "show", "--program", "u-8")
    assert (by_reference.status, by_reference.out) == (0, shown.out)
    newest = await up.homeward("audit", "show", "--last", "1")
    assert len(newest.out.splitlines()) == 1
    assert re.fullmatch(r"newest 1 of \d+: give --last \d+ for all of them\n", newest.err), newest.err

    heads = up.data.parent / "heads.json"
    heads.write_text((await up.homeward("audit", "head")).out)
    assert (await up.homeward("audit", "verify", "--heads", str(heads))).status == 0
    heads.write_text(re.sub(r'"hash": "...', '"hash": "000', heads.read_text()))
    broken = await up.homeward("audit", "verify", "--json", "--heads", str(heads))
    assert broken.status == 1
    assert {one["kind"] for chain in json.loads(broken.out)["chains"] for one in chain["breaks"]} == {"rewritten"}


async def test_what_is_open_replays_and_is_on_the_build_that_has_the_place(up: Up) -> None:
    program_id = await up.refer("U-7")
    await up.follows(lambda line: str(program_id) in line)
    replayed = await up.homeward("replay")
    assert replayed.status == 0, replayed.err
    assert re.search(r"^replayed [1-9]\d*, 0 would break$", replayed.out, re.MULTILINE), replayed.out
    async with asyncio.timeout(READY_WITHIN):
        while (builds := await up.homeward("builds")).out.count("current") < len(SERVICES):
            assert builds.status == 0, builds.err  # a service is ready before Temporal knows all queues of its worker
    assert "earlier" not in builds.out


async def test_a_service_that_is_killed_is_started_again(up: Up) -> None:
    killed = up.process_of("session")
    assert killed
    killed.send_signal(signal.SIGKILL)
    async with asyncio.timeout(READY_WITHIN), httpx.AsyncClient(base_url=up.endpoints.services["session"]) as client:
        while not await _is_ready_again(up, killed, client):  # noqa: ASYNC110 (no event tells of another's child)
            await asyncio.sleep(LOOK_AGAIN)
    assert not is_alive(killed)


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ("NATS", ("nats-server",)),
        pytest.param("PostgreSQL", ("postgres", "-D"), marks=pytest.mark.long),
        pytest.param("The Temporal development server", ("start-dev",), marks=pytest.mark.long),
    ],
)
async def test_a_server_that_is_killed_is_started_again_on_its_port_and_its_data(
    up: Up, server: str, words: tuple[str, ...]
) -> None:
    before = await up.refer(f"U-before-{server[:4].strip()}")
    endpoints = up.endpoints
    [killed] = [one for one in up.family() if all(word in " ".join(_command_line(one)) for word in words)]
    killed.send_signal(signal.SIGKILL)
    await up.says(f"{server} has ended with status -9: starting it again")
    await up.says(f"{server} runs again")
    assert up.endpoints == endpoints
    assert str(before) in (await up.shows(f"U-before-{server[:4].strip()}")).out
    after = f"U-after-{server[:4].strip()}"
    async with asyncio.timeout(READY_WITHIN):
        while (answer := await up.post_referral(after)).status_code != httpx.codes.CREATED:
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
    assert answer.json()["program_id"] in (await up.shows(after)).out


async def _is_ready_again(up: Up, killed: psutil.Process, client: httpx.AsyncClient) -> bool:
    if up.process_of("session") in (None, killed):
        return False
    with suppress(httpx.TransportError):
        return (await client.get("/readyz")).status_code == httpx.codes.OK
    return False


async def test_a_second_one_on_the_same_data_is_refused_with_a_sentence(up: Up) -> None:
    refused = await up.homeward("up")
    assert refused.status == 1
    said = " ".join(refused.err.split())
    assert said.startswith(f"homeward: Homeward runs on {up.data} already")
    assert said.endswith("End it first, or give another --data.")
    assert (await up.ask("GET", "intake", "/referrals")).status_code == httpx.codes.OK


async def test_ctrl_c_ends_everything_and_the_next_start_has_lost_nothing(up: Up) -> None:
    program_id = await up.refer("U-2")
    family, nats_url = up.family(), up.endpoints.nats_url
    assert await up.press_ctrl_c() == 0
    assert [one for one in family if is_alive(one)] == []
    assert not (up.data / ENDPOINTS).exists()
    nobody = await up.homeward("program", "show", "U-2")
    assert nobody.status == 1
    assert nobody.err.startswith(f"homeward: Nothing runs on {up.data}")

    await up.start()
    assert up.endpoints.nats_url == nats_url
    found = await up.ask("GET", "intake", f"/referrals/{program_id}")
    assert found.status_code == httpx.codes.OK, found.text
    assert found.json()["reference"] == "U-2"
    assert str(program_id) in (await up.shows("U-2")).out


async def test_ctrl_c_in_the_middle_of_the_start_leaves_nothing_behind(folder: Path) -> None:
    hurried = Up(folder / "data")
    await hurried.launch()
    await hurried.says("starting five services")
    family = hurried.family()
    assert len(family) > 1
    assert await hurried.press_ctrl_c() == 0
    assert [one for one in family if is_alive(one)] == []
    assert "ready" not in hurried.lines
