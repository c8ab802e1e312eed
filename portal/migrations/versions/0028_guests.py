"""Withdrawals that are declared without an account."""

import sqlalchemy as sa
from alembic import op

from portal.kernel import db

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_ID = sa.LargeBinary(length=16)
_SEALED = ("email", "name", "number", "words", "answer", "receipt")


def upgrade() -> None:
    op.create_table(
        "guest_withdrawals",
        sa.Column("id", _ID, nullable=False),
        sa.Column("vendor_id", _ID, nullable=False),
        sa.Column("holder_id", _ID, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        *(sa.Column(name, sa.LargeBinary(), nullable=True) for name in _SEALED),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("sent_at", db.UtcDateTime, nullable=False),
        sa.Column("expires_at", db.UtcDateTime, nullable=False),
        sa.Column("declared_at", db.UtcDateTime, nullable=True),
        sa.Column("due_at", db.UtcDateTime, nullable=True),
        sa.Column("is_promised", sa.Boolean(), nullable=False),
        sa.Column("answered_at", db.UtcDateTime, nullable=True),
        sa.Column("ended_at", db.UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name=op.f("fk_guest_withdrawals_holder_id_holders")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_guest_withdrawals_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_withdrawals")),
        sa.UniqueConstraint("hash", name=op.f("uq_guest_withdrawals_hash")),
        sa.UniqueConstraint("holder_id", name=op.f("uq_guest_withdrawals_holder_id")),
    )
    op.create_index("ix_guest_withdrawals_vendor_state", "guest_withdrawals", ["vendor_id", "state", "declared_at"])
    op.create_index("ix_guest_withdrawals_expires", "guest_withdrawals", ["state", "expires_at"])
