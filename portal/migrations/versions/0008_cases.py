"""What a role is bounded by: its rank, what it covers, and until when."""

import sqlalchemy as sa
from alembic import op

from portal.kernel import db

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("roles", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rank", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("scope", db.Json, nullable=True))
        batch_op.add_column(sa.Column("expires_at", db.UtcDateTime, nullable=True))
