"""Answers that come by mail: at which address, how they came, and what was left out of them."""

import sqlalchemy as sa
from alembic import op

from portal.kernel import db

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mails", sa.Column("answer_hash", sa.LargeBinary(length=32), nullable=True))
    op.add_column("mails", sa.Column("answer_kind", sa.String(length=16), nullable=True))
    op.add_column("mails", sa.Column("answer_id", sa.LargeBinary(length=16), nullable=True))
    op.create_index(op.f("ix_mails_answer_hash"), "mails", ["answer_hash"], unique=True)
    op.add_column("ticket_events", sa.Column("way", sa.String(length=8), nullable=True))
    op.add_column("ticket_events", sa.Column("left_out", sa.LargeBinary(), nullable=True))
    op.create_table(
        "mail_receipts",
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("last_at", db.UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("outcome", name=op.f("pk_mail_receipts")),
        sqlite_with_rowid=False,
    )
