"""Guests: conversations of people without an account."""

import sqlalchemy as sa
from alembic import op

from portal.kernel import db

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_guests",
        sa.Column("ticket_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("mail", sa.LargeBinary(), nullable=True),
        sa.Column("mail_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("mail_asked_at", db.UtcDateTime, nullable=True),
        sa.Column("mail_confirmed_at", db.UtcDateTime, nullable=True),
        sa.Column("mailed_at", db.UtcDateTime, nullable=True),
        sa.Column("made_at", db.UtcDateTime, nullable=False),
        sa.Column("joined_at", db.UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_guests_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_ticket_guests")),
        sa.UniqueConstraint("hash", name=op.f("uq_ticket_guests_hash")),
        sa.UniqueConstraint("mail_hash", name=op.f("uq_ticket_guests_mail_hash")),
    )
