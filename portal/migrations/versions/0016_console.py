"""Whom a company's owners asked to act for it, and what a company would like to ask for."""

import sqlalchemy as sa
from alembic import op

from portal.kernel import db

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "staff_invitations",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("rank", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("invited_by", sa.LargeBinary(length=16), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.Column("invited_until", db.UtcDateTime, nullable=False),
        sa.Column("ended_at", db.UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["invited_by"], ["accounts.id"], name=op.f("fk_staff_invitations_invited_by_accounts")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_staff_invitations_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_invitations")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_staff_invitations_secret_hash")),
    )
    with op.batch_alter_table("staff_invitations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_staff_invitations_vendor_id_staff_invitations_state"), ["vendor_id", "state"], unique=False
        )
    op.create_table(
        "purpose_proposals",
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=120), nullable=False),
        sa.Column("datatypes", db.Json, nullable=False),
        sa.Column("may_require", db.Json, nullable=False),
        sa.Column("text", db.Json, nullable=False),
        sa.Column("proposed_at", db.UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_purpose_proposals_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("vendor_id", "purpose", name=op.f("pk_purpose_proposals")),
    )
