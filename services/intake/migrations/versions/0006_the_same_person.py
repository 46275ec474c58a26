"""The same person under two references: who is alike across sites, what became of their programs, who decided on it.

`people_like` is the one place that looks across sites. It runs as the schema's owner, who cannot log in, and answers
opaque ids and facts of dosing: no name, address, site or reference of another site passes row-level security.
"""

from alembic import op

from shared.migrations import secure

revision = "0006"
down_revision = "0005"

REFERENCES = """
alter table referral add column reference_key text;
alter table referral no force row level security;
update referral set reference_key = lower(reference)
    || case when exists (
        select from referral earlier where earlier.site = referral.site
            and lower(earlier.reference) = lower(referral.reference) and earlier.program_id < referral.program_id
    ) then ' ' || program_id else '' end;
alter table referral force row level security;
alter table referral alter column reference_key set not null;
alter table referral drop constraint referral_site_reference_key;
alter table referral add constraint referral_reference_once unique (site, reference_key);
"""
PEOPLE = """
create function spelling(name text) returns text language sql immutable parallel safe as $$
    select regexp_replace(lower(normalize(name, NFKD) collate pg_c_utf8), '[^[:alnum:]]+', '', 'g')
$$;
alter table person add column match_name text generated always as (
    least(spelling(given_name), spelling(family_name)) || ' ' || greatest(spelling(given_name), spelling(family_name))
) stored;
create index person_by_name on person (match_name, date_of_birth);
create index person_by_email on person (lower(email));
create index person_by_phone on person (phone);
create table course (
    event_id uuid primary key,
    program_id uuid not null,
    site text not null,
    known_at timestamptz not null,
    sequence integer not null,
    state text,
    dosed_at timestamptz,
    check ((state is null) <> (dosed_at is null))
);
create index course_of_program on course (program_id, sequence);
create table identity_finding (
    program_id uuid not null references referral,
    revision integer not null,
    site text not null,
    finding text not null check (finding in ('another_person', 'same_person', 'both_active')),
    others uuid[] not null,
    signed_by text not null,
    role text not null,
    signed_at timestamptz not null,
    meaning text not null,
    sha256 text not null,
    primary key (program_id, revision)
);
create index identity_finding_about on identity_finding using gin (others);
"""
PEOPLE_LIKE = """
create function people_like(program uuid, as_of timestamptz) returns table (
    program_id uuid, is_same boolean, protocol_id text, protocol_version text, protocol_hash text,
    is_active boolean, last_dose_at timestamptz, finding text
) language sql stable security definer set search_path = intake, pg_temp as $$
    with me as (
        select * from person where person.program_id = program and recorded_at <= as_of order by revision desc limit 1
    ), alike as (
        select other.program_id, other.date_of_birth = me.date_of_birth as is_same
        from person other, me
        where other.program_id <> program and other.recorded_at <= as_of
            and (
                (other.match_name = me.match_name and other.date_of_birth = me.date_of_birth)
                or lower(other.email) = lower(me.email) or other.phone = me.phone
            )
            and not exists (
                select from person newer where newer.program_id = other.program_id
                    and newer.revision > other.revision and newer.recorded_at <= as_of
            )
    )
    select alike.program_id, alike.is_same, referral.protocol_id, referral.protocol_version, referral.protocol_hash,
        coalesce((
            select state = 'active' from course
            where course.program_id = alike.program_id and state is not null and known_at <= as_of
            order by sequence desc limit 1
        ), false),
        (
            select max(dosed_at) from course where course.program_id = alike.program_id and known_at <= as_of
        ),
        (
            select identity_finding.finding from identity_finding
            where signed_at <= as_of and (
                (identity_finding.program_id = program and others @> array[alike.program_id])
                or (identity_finding.program_id = alike.program_id and others @> array[program])
            )
            order by signed_at desc limit 1
        )
    from alike join referral using (program_id)
    order by alike.program_id
$$;
revoke execute on function people_like from public;
grant execute on function people_like to homeward_intake;
"""
LOOKED_ACROSS = ("person", "referral", "course", "identity_finding")


def upgrade() -> None:
    op.execute(REFERENCES)
    op.execute(PEOPLE)
    for table in ("course", "identity_finding"):
        secure("intake", table, "select, insert")
    for table in LOOKED_ACROSS:
        op.execute(f"create policy across_sites on {table} for select to homeward_intake_owner using (true)")
    op.execute(PEOPLE_LIKE)


def downgrade() -> None:
    raise NotImplementedError("who was found to be the same person is never forgotten: restore a backup instead")
