"""Notices, what a person chose to get by mail, and how far the log was read for them."""

import sqlalchemy as sa
from alembic import op

from portal.kernel import db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "message_walks",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.LargeBinary(length=16), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_message_walks")),
    )
    op.create_table(
        "inbox_notices",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("subject", sa.LargeBinary(length=16), nullable=True),
        sa.Column("entry", sa.BigInteger(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("at", db.UtcDateTime, nullable=False),
        sa.Column("until", db.UtcDateTime, nullable=True),
        sa.Column("seen_at", db.UtcDateTime, nullable=True),
        sa.Column("mail_id", sa.LargeBinary(length=16), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_inbox_notices_customer_id_customers")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_inbox_notices_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_notices")),
        sa.UniqueConstraint("customer_id", "mark", name=op.f("uq_inbox_notices_customer_id_mark")),
    )
    with op.batch_alter_table("inbox_notices", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_inbox_notices_customer_id_inbox_notices_seen_at"), ["customer_id", "seen_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_inbox_notices_subject"), ["subject"], unique=False)

    op.create_table(
        "mail_choices",
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("changed_at", db.UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_mail_choices_customer_id_customers")),
        sa.PrimaryKeyConstraint("customer_id", "kind", name=op.f("pk_mail_choices")),
        sqlite_with_rowid=False,
    )
    # What the log already holds is no news: it is read on from here.
    log = sa.table("log_state", sa.column("id"), sa.column("size"))
    walks = sa.table("message_walks", sa.column("name"), sa.column("position"))
    here = sa.select(sa.literal("log"), log.c.size).where(log.c.id == 1)
    op.execute(sa.insert(walks).from_select(["name", "position"], here))
