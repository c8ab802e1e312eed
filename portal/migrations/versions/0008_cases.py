"""What a role is bounded by, and cases: why an officer has to know who somebody is."""

import sqlalchemy as sa
from alembic import op

from portal.kernel import db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("roles", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rank", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("scope", db.Json, nullable=True))
        batch_op.add_column(sa.Column("expires_at", db.UtcDateTime, nullable=True))
    op.create_table(
        "cases",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("opened_by", sa.LargeBinary(length=16), nullable=False),
        sa.Column("opened_at", db.UtcDateTime, nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("confirmed_by", sa.LargeBinary(length=16), nullable=True),
        sa.Column("confirmed_at", db.UtcDateTime, nullable=True),
        sa.Column("closed_by", sa.LargeBinary(length=16), nullable=True),
        sa.Column("closed_at", db.UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_cases_account_id_accounts")),
        sa.ForeignKeyConstraint(["closed_by"], ["accounts.id"], name=op.f("fk_cases_closed_by_accounts")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["accounts.id"], name=op.f("fk_cases_confirmed_by_accounts")),
        sa.ForeignKeyConstraint(["opened_by"], ["accounts.id"], name=op.f("fk_cases_opened_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cases_account_id"), ["account_id"], unique=False)
