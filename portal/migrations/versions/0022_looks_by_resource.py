"""Reads of permissions that allow only so many are counted for each resource; what was counted counts for both."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_KEY = ["grant_id", "purpose", "resource", "number"]
_NAMES = ("grant_id", "purpose", "resource", "number", "customer_id", "counted_at", "until", "goes_on")
_claims = sa.table("read_claims", *(sa.column(name) for name in _NAMES))


def upgrade() -> None:
    with op.batch_alter_table("read_claims", schema=None) as batch_op:
        batch_op.add_column(sa.Column("resource", sa.String(length=8), nullable=False, server_default="profile"))
        batch_op.drop_constraint(batch_op.f("pk_read_claims"), type_="primary")
        batch_op.create_primary_key(batch_op.f("pk_read_claims"), _KEY)
    with op.batch_alter_table("read_claims", schema=None) as batch_op:
        batch_op.alter_column("resource", server_default=None)
    there = sa.select(*(sa.literal("orders").label(name) if name == "resource" else _claims.c[name] for name in _NAMES))
    op.execute(sa.insert(_claims).from_select(list(_NAMES), there))
