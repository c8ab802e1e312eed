"""Second steps that are said to be lost."""

import sqlalchemy as sa
from alembic import op

from portal.kernel import db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recoveries",
        sa.Column("account_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("asked_at", db.UtcDateTime, nullable=False),
        sa.Column("due_at", db.UtcDateTime, nullable=False),
        sa.Column("reminded_at", db.UtcDateTime, nullable=True),
        sa.Column("done_at", db.UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_recoveries_account_id_accounts")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_recoveries")),
        sqlite_with_rowid=False,
    )
