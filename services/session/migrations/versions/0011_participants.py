"""Participants are kept as every service keeps them, with the protocol that they follow."""

from shared.migrations import create_participants

revision = "0011"
down_revision = "0010"

# A member's seat was as new as its time. The number of that event is not known, so the next word about the seat counts.
# Which protocol they follow was not kept: each session has its own pin, and no other is asked for here.
MOVED = """
alter table member no force row level security;
insert into participant
    select distinct on (program_id) program_id, site, left_as, state_sequence, cohort_id, null, 0, null, null, null, 0
    from member order by program_id, state_sequence desc, seated_at desc nulls last;
drop table member;
"""


def upgrade() -> None:
    create_participants("session", MOVED)


def downgrade() -> None:
    raise NotImplementedError("when a seat was told is not known any more: restore a backup instead")
