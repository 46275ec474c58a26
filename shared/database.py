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
UNABLE = frozenset({"08", "25", "28", "3D", "40", "53", "57", "58"})
"""Classes of SQLSTATE that say nothing about what was asked: no connection, read-only for now, no login, no such
database, a conflict that passes, no room, an operator's doing, a failing disk."""
READ_ONLY = "25006"
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
        connect_args={"server_settings": session_settings(settings.service)},
    )


def session_settings(schema: str) -> dict[str, str]:
    """Whose machine is gone is given up within a minute, with the locks that it held."""
    return {
        "search_path": schema,
        "timezone": "UTC",
        "tcp_keepalives_idle": "30",
        "tcp_keepalives_interval": "10",
        "tcp_keepalives_count": "3",
        "tcp_user_timeout": "60000",
        "idle_in_transaction_session_timeout": "60000",
    }


def is_away(error: Exception) -> bool:
    """Whether the database can do nothing at the moment, whatever it is asked."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or sqlstate(error)[:2] in UNABLE
    return isinstance(error, NOT_REACHED)


def sqlstate(error: DBAPIError) -> str:
    """PostgreSQL's own code of what it refused; empty when it was not asked."""
    return getattr(error.orig, "sqlstate", None) or ""


@asynccontextmanager
async def transaction(database: AsyncEngine, sites: Iterable[str]) -> AsyncIterator[AsyncConnection]:
    """One transaction that sees and writes the rows of these sites alone; no site, no rows."""
    async with database.connect() as connection:
        await _see(connection, ",".join(sites))
        try:
            yield connection
            await connection.commit()
        except DBAPIError as error:
            if sqlstate(error) == READ_ONLY:  # perhaps a standby by now: the next connection finds the primary
                await connection.invalidate()
            raise


async def _see(connection: AsyncConnection, sites: str) -> None:
    """The first statement of a transaction: a connection that was lost while nobody used it is made anew."""
    try:
        await connection.execute(_set_sites, {"sites": sites})
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        await connection.rollback()
        await connection.execute(_set_sites, {"sites": sites})
