"""When somebody last worked at the desk is found by an index of what is done there."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_EVENTS = (
    "case.closed", "case.confirmed", "case.listed", "case.opened", "case.read", "case.refused",
    "identity.read", "identity.sought",
    "log.desk_opened", "log.entry_read", "log.export_ended", "log.exported", "log.searched", "log.verified",
    "role.listed",
)  # fmt: skip


def upgrade() -> None:
    desk = sa.or_(*(sa.column("event") == sa.literal_column(f"'{event}'") for event in _EVENTS))
    with op.batch_alter_table("log_entries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_log_entries_desk", ["actor", "idx"], unique=False, sqlite_where=desk, postgresql_where=desk
        )
