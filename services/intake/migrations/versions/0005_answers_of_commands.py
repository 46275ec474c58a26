"""A command that is sent again is answered again."""

from shared.migrations import keep_answers_of_commands

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    keep_answers_of_commands("intake")


def downgrade() -> None:
    raise NotImplementedError("what was carried out must not be carried out again: restore a backup instead")
