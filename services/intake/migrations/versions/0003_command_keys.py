"""A command that is repeated is done once."""

from shared.migrations import create_command_keys

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    create_command_keys("intake")


def downgrade() -> None:
    raise NotImplementedError("what was carried out must not be carried out again: restore a backup instead")
