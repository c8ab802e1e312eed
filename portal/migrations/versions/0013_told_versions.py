"""With which news of an order each of its lines was told anew, and what others may see of the order itself."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_orders = sa.table("orders", sa.column("id"), sa.column("version"), sa.column("shown_version"))
_lines = sa.table("order_lines", sa.column("order_id"), sa.column("told_version"))


def upgrade() -> None:
    for name, column in (("order_lines", "told_version"), ("orders", "shown_version")):
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.add_column(sa.Column(column, sa.Integer(), nullable=True))
    # What was told before is all of it as new as the order's last news.
    latest = sa.select(_orders.c.version).where(_orders.c.id == _lines.c.order_id).scalar_subquery()
    op.execute(sa.update(_lines).values(told_version=latest))
    op.execute(sa.update(_orders).values(shown_version=_orders.c.version))
    for name, column in (("order_lines", "told_version"), ("orders", "shown_version")):
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.alter_column(column, existing_type=sa.Integer(), nullable=False)
