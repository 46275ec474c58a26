"""A pin is kept with the hash of its content: an edited file under an old version treats nobody."""

from alembic import op

revision = "0006"
down_revision = "0005"

PINNED = ("member", "circle", "check_in", "measure", "risk")
ADD = "alter table {table} add column protocol_hash text;"

# Rows that are older than this column get the hash under which this service decided at their site, as its audit trail
# says, when that was one content alone. Where it was several, or none, nobody can tell what was pinned: the hash stays
# null, and whatever needs the protocol is refused (`protocol_unpinned`) until a person amends the cohort or closes it.
# The owner is bound by row-level security as well, and no policy shows it a row: so it is lifted while this runs.
FILL = """
alter table {table} no force row level security;
update {table} as kept set protocol_hash = told.hash
from (
    select site, split_part(pin, '#', 1) as named, min(split_part(pin, '#', 2)) as hash
    from audit, jsonb_array_elements_text(protocols) as pin
    group by 1, 2 having count(distinct split_part(pin, '#', 2)) = 1
) as told
where told.site = kept.site and told.named = kept.protocol_id || '@' || kept.protocol_version;
alter table {table} force row level security;
"""


def upgrade() -> None:
    op.execute("alter table audit no force row level security")
    for table in PINNED:
        op.execute(ADD.format(table=table) + FILL.format(table=table))
    op.execute("alter table audit force row level security")


def downgrade() -> None:
    for table in PINNED:
        op.execute(f"alter table {table} drop column protocol_hash")
