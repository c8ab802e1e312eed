"""The outbox: why a mail comes, what turns it off, whose turn it waits for, and when it is tried next."""

import sqlalchemy as sa
from alembic import op

from portal.kernel import db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_mails = sa.table("mails", sa.column("template", sa.String), sa.column("reason", sa.String))
_OTHERS = {
    "accounts/verify": "address",
    "accounts/known": "address",
    "accounts/unknown": "address",
    "audit/privacy": "privacy",
    "audit/privacy_copy": "letter",
}
"""The reasons of the first release's mails; those of all others are about the account."""


def upgrade() -> None:
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reason", sa.String(length=24), nullable=True))
        batch_op.add_column(sa.Column("topic", sa.String(length=24), nullable=True))
        batch_op.add_column(sa.Column("lane", sa.LargeBinary(length=32), nullable=True))
        batch_op.add_column(sa.Column("job_id", sa.LargeBinary(length=16), nullable=True))
        batch_op.add_column(sa.Column("next_at", db.UtcDateTime, nullable=True))
        batch_op.add_column(sa.Column("given_up_at", db.UtcDateTime, nullable=True))
        batch_op.create_index(batch_op.f("ix_mails_lane_mails_id"), ["lane", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_mails_state_mails_changed_at"), ["state", "changed_at"], unique=False)
    for template, reason in _OTHERS.items():
        op.execute(sa.update(_mails).where(_mails.c.template == template).values(reason=reason))
    op.execute(sa.update(_mails).where(_mails.c.reason.is_(None)).values(reason="account"))
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.alter_column("reason", existing_type=sa.String(length=24), nullable=False)
