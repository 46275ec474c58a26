"""The embedded servers are the real ones: they answer, keep what they were told, and say what is wrong."""

import asyncio
import os
import socket
import sys
from datetime import timedelta
from pathlib import Path

import asyncpg
import nats
import psutil
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.empty_pb2 import Empty
from nats.errors import Error as NatsError
from temporalio.api.testservice.v1 import SleepRequest
from temporalio.client import Client
from temporalio.worker import Worker

from embedded.errors import EmbeddedError
from embedded.nats import Nats
from embedded.postgres import Postgres
from embedded.temporal import DevServer, TestServer
from tests.lib.servers import running
from tests.lib.small_workflows import SleepsAWeek, WaitsForALetter


async def test_postgres_answers_on_loopback_in_utc(postgres_server: Postgres) -> None:
    connection = await asyncpg.connect(postgres_server.url)
    try:
        assert await connection.fetchval("select 1") == 1
        assert await connection.fetchval("show timezone") in ("UTC", "Etc/UTC")
    finally:
        await connection.close()


async def test_postgres_refuses_a_wrong_password(postgres_server: Postgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres_server.url_for("postgres", "postgres", "guess"))


async def test_postgres_keeps_what_was_committed_when_it_is_killed(folder: Path) -> None:
    async with running(postgres := Postgres(folder)):
        connection = await asyncpg.connect(postgres.url)
        await connection.execute("create table kept as select 42 as answer")
        port, pid = postgres.port, postgres.pid
        await postgres.kill()
        connection.terminate()
        await postgres.restart()
        assert (postgres.port, postgres.pid == pid) == (port, False)
        connection = await asyncpg.connect(postgres.url)
        assert await connection.fetchval("select answer from kept") == 42
        await connection.close()


async def test_postgres_keeps_its_password_between_starts(folder: Path) -> None:
    async with running(first := Postgres(folder)):
        password = first.password
    async with running(second := Postgres(folder)):
        assert second.password == password


async def test_jetstream_acknowledges_what_it_stores(nats_server: Nats) -> None:
    async with await nats.connect(nats_server.url) as connection:
        jetstream = connection.jetstream()
        await jetstream.add_stream(name="ACKNOWLEDGED", subjects=["acknowledged.>"])
        ack = await jetstream.publish("acknowledged.one", b"hello", stream="ACKNOWLEDGED")
        assert (ack.stream, ack.seq) == ("ACKNOWLEDGED", 1)


async def test_jetstream_keeps_what_it_acknowledged_when_it_is_killed(folder: Path) -> None:
    async with running(server := Nats(folder)):
        async with await nats.connect(server.url) as connection:
            await connection.jetstream().add_stream(name="KEPT", subjects=["kept.>"])
            await connection.jetstream().publish("kept.one", b"still here", stream="KEPT")
            await server.kill()
        await server.restart()
        async with await nats.connect(server.url) as connection:
            message = await connection.jetstream().get_msg("KEPT", seq=1)
            assert message.data == b"still here"


async def test_nats_logins_come_from_a_configuration_file_and_the_environment(folder: Path) -> None:
    config = folder / "logins.conf"
    config.write_text("listen: 0.0.0.0:4222\nauthorization { user: intake, password: $INTAKE_PASSWORD }\n")
    async with running(server := Nats(folder / "data", config=config, env={"INTAKE_PASSWORD": "s3cret"})):
        async with await nats.connect(server.url, user="intake", password="s3cret") as connection:
            assert connection.is_connected
        with pytest.raises(NatsError):
            await nats.connect(server.url, allow_reconnect=False, error_cb=no_noise)


async def test_nats_takes_a_new_login_without_a_restart(folder: Path) -> None:
    config = folder / "logins.conf"
    config.write_text("authorization { user: intake, password: one }\n")
    async with running(server := Nats(folder / "data", config=config)):
        pid = server.pid
        config.write_text("authorization { user: scheduler, password: two }\n")
        await server.reload()
        async with await nats.connect(server.url, user="scheduler", password="two") as connection:
            assert connection.is_connected
        assert server.pid == pid


async def test_nats_says_why_it_keeps_its_old_configuration(folder: Path) -> None:
    config = folder / "logins.conf"
    config.write_text("authorization { user: intake, password: one }\n")
    async with running(server := Nats(folder / "data", config=config)):
        config.write_text("authorization { user: ")
        with pytest.raises(EmbeddedError, match="keeps its old configuration"):
            await server.reload()


async def test_a_week_passes_at_once_on_the_temporal_test_server(temporal_test_server: TestServer) -> None:
    client = await Client.connect(temporal_test_server.address)
    before = (await client.test_service.get_current_time(Empty())).time.ToDatetime()
    async with Worker(client, task_queue="sleepers", workflows=[SleepsAWeek]):
        handle = await client.start_workflow(SleepsAWeek.run, id="sleeper", task_queue="sleepers")
        week = Duration(seconds=int(timedelta(days=7, minutes=1).total_seconds()))
        await client.test_service.unlock_time_skipping_with_sleep(SleepRequest(duration=week))
        assert await handle.result() == "rested"
    after = (await client.test_service.get_current_time(Empty())).time.ToDatetime()
    assert after - before >= timedelta(days=7)


async def test_a_workflow_survives_the_death_of_the_development_server(folder: Path) -> None:
    async with running(server := DevServer(folder, search_attributes={"HomewardSite": "Keyword"})):
        client = await Client.connect(server.address)
        await client.start_workflow(WaitsForALetter.run, id="patient", task_queue="letters")
        await server.kill()
        await server.restart()
        client = await Client.connect(server.address)
        handle = client.get_workflow_handle("patient", result_type=str)
        async with Worker(client, task_queue="letters", workflows=[WaitsForALetter]):
            await handle.signal(WaitsForALetter.deliver, "hello")
            assert await asyncio.wait_for(handle.result(), 60) == "hello"


async def test_the_shared_development_server_is_ready_when_it_is_given(temporal_dev_server: DevServer) -> None:
    client = await Client.connect(temporal_dev_server.address, namespace=temporal_dev_server.namespace)
    assert await client.service_client.check_health()


async def test_a_port_in_use_is_a_sentence(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for server in (Postgres(folder, port), Nats(folder, port), DevServer(folder, port), TestServer(folder, port)):
            with pytest.raises(EmbeddedError, match=rf"Port {port} .* choose another port"):
                await server.start()


async def test_a_missing_program_is_a_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", str(folder / "python"))
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(EmbeddedError, match=r"nats-server is missing: run \./homeward"):
        await Nats(folder).start()


async def test_a_full_disk_is_a_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 1024})())
    with pytest.raises(EmbeddedError, match=r"disk .* is full: free at least"):
        await Postgres(folder).start()


async def test_a_server_that_cannot_start_leaves_nothing_running(folder: Path) -> None:
    config = folder / "wrong.conf"
    config.write_text("authorization {")
    server = Nats(folder / "data", config=config)
    with pytest.raises(EmbeddedError, match="nats-server ended while starting"):
        await server.start()
    assert server.pid is None


async def test_servers_die_with_the_process_that_started_them(folder: Path) -> None:
    script = folder / "parent.py"
    script.write_text(
        "import asyncio, pathlib, sys\n"
        "from embedded.nats import Nats\n"
        "async def main():\n"
        "    server = Nats(pathlib.Path(sys.argv[1]))\n"
        "    await server.start()\n"
        "    print(server.pid, flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        str(folder / "data"),
        stdout=asyncio.subprocess.PIPE,
        env=with_our_packages(),
    )
    assert parent.stdout is not None
    server = psutil.Process(int(await parent.stdout.readline()))
    parent.kill()
    await parent.wait()
    await asyncio.to_thread(psutil.wait_procs, [server], 10)
    assert not server.is_running() or server.status() == psutil.STATUS_ZOMBIE


def with_our_packages() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


async def no_noise(error: Exception) -> None:
    """nats-py prints the refusals that a test provokes."""
