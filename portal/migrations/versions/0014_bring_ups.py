"""What was brought up once is not looked at again."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bring_ups",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("after", sa.LargeBinary(length=16), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_bring_ups")),
        sqlite_with_rowid=False,
    )
