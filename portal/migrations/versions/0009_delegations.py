"""Delegations, and for whom a browser acts."""

import sqlalchemy as sa
from alembic import op

from portal.kernel import db

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "delegations",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("delegate_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("areas", sa.String(length=80), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("called", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.Column("invited_until", db.UtcDateTime, nullable=False),
        sa.Column("ends_at", db.UtcDateTime, nullable=False),
        sa.Column("accepted_at", db.UtcDateTime, nullable=True),
        sa.Column("ended_at", db.UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_delegations_customer_id_customers")),
        sa.ForeignKeyConstraint(["delegate_id"], ["accounts.id"], name=op.f("fk_delegations_delegate_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegations")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_delegations_secret_hash")),
    )
    with op.batch_alter_table("delegations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_delegations_customer_id_delegations_state"), ["customer_id", "state"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_delegations_delegate_id_delegations_state"), ["delegate_id", "state"], unique=False
        )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("acting_for", sa.LargeBinary(length=16), nullable=True))
