"""One service's schema in PostgreSQL, seen through row-level security."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from sqlalchemy import URL, MetaData, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.settings import Settings

metadata = MetaData()
NOT_REACHED = (OSError, NoneFree)
UNABLE = frozenset({"08", "28", "3D", "40", "53", "57", "58"})
"""Classes of SQLSTATE that say nothing about what was asked: no connection, no login, no such database, a conflict that
passes, no room, an operator's doing, a failing disk."""
_set_sites = text("select set_config('homeward.sites', :sites, true)")


def url(settings: Settings, role: str) -> URL:
    """The address of the service's database for one of its roles: `""` (runtime) or `"_relay"`."""
    return URL.create(
        "postgresql+asyncpg",
        username=f"homeward_{settings.service}{role}",
        password=settings.database_password.get_secret_value(),
        host=settings.database_host,
        port=settings.database_port,
        database=settings.database_name,
    )


def engine(settings: Settings) -> AsyncEngine:
    """The runtime role's engine: it owns nothing and sees only the sites that a transaction names."""
    return create_async_engine(
        url(settings, ""),
        pool_size=10,
        max_overflow=10,
        connect_args={"server_settings": {"search_path": settings.service, "timezone": "UTC"}},
    )


def is_away(error: Exception) -> bool:
    """Whether the database can do nothing at the moment, whatever it is asked."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or str(getattr(error.orig, "sqlstate", ""))[:2] in UNABLE
    return isinstance(error, NOT_REACHED)


@asynccontextmanager
async def transaction(database: AsyncEngine, sites: Iterable[str]) -> AsyncIterator[AsyncConnection]:
    """One transaction that sees and writes the rows of these sites alone; no site, no rows."""
    async with database.connect() as connection:
        await _see(connection, ",".join(sites))
        yield connection
        await connection.commit()


async def _see(connection: AsyncConnection, sites: str) -> None:
    """The first statement of a transaction: a connection that was lost while nobody used it is made anew."""
    try:
        await connection.execute(_set_sites, {"sites": sites})
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        await connection.rollback()
        await connection.execute(_set_sites, {"sites": sites})
