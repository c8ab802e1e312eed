"""Customers are invited many at a time, by mail too; requests without a browser, their withdrawal, and offers."""

import sqlalchemy as sa
from alembic import op

from portal.kernel import db

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_links = sa.table("links", sa.column("id", sa.LargeBinary), sa.column("vendor_id", sa.LargeBinary))
_invitations = sa.table(
    "invitations",
    sa.column("hash", sa.LargeBinary),
    sa.column("link_id", sa.LargeBinary),
    sa.column("created_at", db.UtcDateTime),
    sa.column("vendor_id", sa.LargeBinary),
    sa.column("is_current", sa.Boolean),
    sa.column("deliver", sa.String),
    sa.column("locale", sa.String),
    sa.column("mails", sa.Integer),
)


def upgrade() -> None:
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=True))
        batch_op.add_column(sa.Column("is_current", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("deliver", sa.String(length=4), nullable=True))
        batch_op.add_column(sa.Column("locale", sa.String(length=8), nullable=True))
        batch_op.add_column(sa.Column("words", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("addressee_id", sa.LargeBinary(length=16), nullable=True))
        batch_op.add_column(sa.Column("mails", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("mail_at", db.UtcDateTime, nullable=True))
        batch_op.add_column(sa.Column("declined_at", db.UtcDateTime, nullable=True))
    _fill()
    current = sa.column("is_current")
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.alter_column("vendor_id", existing_type=sa.LargeBinary(length=16), nullable=False)
        batch_op.alter_column("is_current", existing_type=sa.Boolean(), nullable=False)
        batch_op.alter_column("deliver", existing_type=sa.String(length=4), nullable=False)
        batch_op.alter_column("locale", existing_type=sa.String(length=8), nullable=False)
        batch_op.alter_column("mails", existing_type=sa.Integer(), nullable=False)
        batch_op.create_check_constraint(batch_op.f("ck_invitations_deliver"), "deliver IN ('mail', 'link', 'none')")
        batch_op.create_foreign_key(batch_op.f("fk_invitations_vendor_id_vendors"), "vendors", ["vendor_id"], ["id"])
        batch_op.create_index(
            "ix_invitations_listed",
            ["vendor_id", "is_current", "link_id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_invitations_addressee_id"), ["addressee_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitations_mail_at"), ["mail_at"], unique=False)
        batch_op.create_index(
            "uq_invitations_current", ["link_id"], unique=True, sqlite_where=current, postgresql_where=current
        )
    with op.batch_alter_table("requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("withdrawn_by", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("offer_until", db.UtcDateTime, nullable=True))
        batch_op.add_column(sa.Column("offered_in", sa.LargeBinary(length=16), nullable=True))


def _fill() -> None:
    """Those that were made one at a time were links; of several of one prospect the newest is the current one."""
    mine = _links.c.id == _invitations.c.link_id
    vendor = sa.select(_links.c.vendor_id).where(mine).scalar_subquery()
    known = {"vendor_id": vendor, "deliver": "link", "locale": "en", "mails": 0, "is_current": sa.false()}
    op.execute(sa.update(_invitations).values(known))
    other = _invitations.alias("other")
    newest = (
        sa.select(other.c.hash)
        .where(other.c.link_id == _invitations.c.link_id)
        .order_by(other.c.created_at.desc(), other.c.hash)
        .limit(1)
        .scalar_subquery()
    )
    op.execute(sa.update(_invitations).where(_invitations.c.hash == newest).values(is_current=sa.true()))
