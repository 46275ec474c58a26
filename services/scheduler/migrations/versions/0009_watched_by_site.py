"""A site's obligations are watched together: what their watch and the nudger look at."""

from alembic import op

from shared.migrations import watch_by_site

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    watch_by_site("scheduler")


def downgrade() -> None:
    op.execute("drop index obligation_wakes")
    op.execute("drop policy relay on obligation")
    op.execute("revoke select (id, site, wake_at, closed_at) on obligation from homeward_scheduler_relay")
