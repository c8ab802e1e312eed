"""Until when the ends of permissions are on record."""

import sqlalchemy as sa
from alembic import op

from portal.kernel import db

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ends_told",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("until", db.UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ends_told")),
    )
    with op.batch_alter_table("grant_details", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grant_details_expires_at"), ["expires_at"], unique=False)
