"""The audit trail."""

from shared.migrations import create_audit

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    create_audit("session")


def downgrade() -> None:
    raise NotImplementedError("who did what is never forgotten: restore a backup instead")
