"""Participants are kept as every service keeps them; what only mails need of a person has a table of its own."""

from alembic import op

from shared.migrations import create_participants, secure

revision = "0011"
down_revision = "0010"

# A standing's zone was its seat's, or the person's own once their contact had said it; no row says which. It is kept as
# their own, as it counted so far. One number told how new the seat and the protocol were.
PERSONAL = """
create table personal_calendar (program_id uuid primary key, site text not null, zone text, turns integer not null);
alter table standing no force row level security;
insert into personal_calendar select program_id, site, zone, calendar_turns from standing;
"""
MOVED = """
insert into participant
    select program_id, site, state, state_sequence, cohort_id, null, seat_sequence,
        protocol_id, protocol_version, protocol_hash, seat_sequence
    from standing;
drop table standing;
"""


def upgrade() -> None:
    op.execute(PERSONAL)
    secure("notifications", "personal_calendar", "select, insert, update")
    create_participants("notifications", MOVED)


def downgrade() -> None:
    raise NotImplementedError("which part of a standing was told last is not known any more: restore a backup instead")
