"""No command can forget the audit trail, and nobody may change it."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import asyncpg
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from shared.audit.command import READS
from shared.events import SERVICES
from shared.http import Route, _beginning, _open_linked_work, _open_work
from shared.service import application
from tests.contracts.provisioned import Schemas

EVERY = [pytest.param(service, id=service) for service in SERVICES]


def commands() -> Iterator[Any]:
    for service in SERVICES:
        declared = import_module(f"services.{service}.main").SERVICE
        for found in iter_route_contexts(application(declared).routes):
            route = found.route
            if isinstance(route, APIRoute) and route.methods - READS:
                yield pytest.param(route, id=f"{service}: {min(route.methods)} {route.path}")


def dependencies(of: Dependant) -> Iterator[object]:
    yield of.call
    for dependant in of.dependencies:
        yield from dependencies(dependant)


@pytest.mark.parametrize("route", list(commands()))
def test_every_command_acts_where_the_trail_is_written(route: APIRoute) -> None:
    assert {_beginning, _open_linked_work, _open_work} & set(dependencies(route.dependant))


@pytest.mark.parametrize("route", list(commands()))
def test_every_command_can_be_answered_again(route: APIRoute) -> None:
    assert isinstance(route, Route), "its router is to be a shared.http.Router"


def test_commands_are_found() -> None:
    assert len(list(commands())) > 40


@pytest.mark.parametrize("service", EVERY)
async def test_the_trail_takes_rows_and_keeps_them(schemas: Schemas, service: str) -> None:
    admin = await schemas.admin()
    may = "select has_table_privilege($1, $2, $3)"
    for role, rights in ((f"homeward_{service}", "insert"), ("homeward_observer", "select")):
        assert await admin.fetchval(may, role, f"{service}.audit", rights)
    for role in (f"homeward_{service}", f"homeward_{service}_relay", "homeward_observer"):
        assert not await admin.fetchval(may, role, f"{service}.audit", "update, delete, truncate")
    guards = (
        "select count(*) from pg_trigger where tgrelid = $1::regclass and tgname = 'append_only' and tgenabled = 'O'"
    )
    assert await admin.fetchval(guards, f"{service}.audit") == 1


@pytest.mark.parametrize("service", EVERY)
async def test_not_even_the_owner_changes_a_row(schemas: Schemas, service: str) -> None:
    admin = await schemas.admin()
    for command in ("update {} set rule = ''", "delete from {}", "truncate {}"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await _as_owner(admin, service, command.format(f"{service}.audit"))


async def _as_owner(admin: asyncpg.Connection, service: str, command: str) -> None:
    async with admin.transaction():
        await admin.execute(f"set local role homeward_{service}_owner")
        await admin.execute(command)
