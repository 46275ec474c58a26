"""Participants are kept as every service keeps them: their state, their seat, the protocol of their cohort."""

from shared.migrations import create_participants

revision = "0009"
down_revision = "0008"

# Which cohort's seat a person holds was not kept until now, nor a state before there was a `course`: both stay unknown
# until the next word about them. The owner sees every row of these tables (`across_sites`).
MOVED = """
insert into participant
    select referral.program_id, referral.site, newest.state, coalesce(newest.sequence, 0), null, null, 0,
        case when pin_sequence > 0 then protocol_id end,
        case when pin_sequence > 0 then protocol_version end,
        case when pin_sequence > 0 then protocol_hash end,
        pin_sequence
    from referral left join lateral (
        select state, sequence from course
        where course.program_id = referral.program_id and state is not null order by sequence desc limit 1
    ) as newest on true
    where pin_sequence > 0 or newest.state is not null;
alter table referral drop column pin_sequence;
"""


def upgrade() -> None:
    create_participants("intake", MOVED)


def downgrade() -> None:
    raise NotImplementedError("a participant is no referral: restore a backup instead")
