"""The audit trail."""

from shared.migrations import create_audit

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    create_audit("intake")


def downgrade() -> None:
    raise NotImplementedError("who did what is never forgotten: restore a backup instead")
