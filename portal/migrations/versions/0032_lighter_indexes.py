"""Indexes that cost each order told a page, and that nobody asks by."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_NAME = "ix_log_entries_customer_event"
_WHERE = sa.and_(*(sa.column("event") != sa.literal_column(f"'{event}'") for event in ("profile.disclosed", "order.put")))


def upgrade() -> None:
    op.drop_index(op.f("ix_order_lines_customer_id"), "order_lines")
    op.drop_index(op.f("ix_orders_link_id"), "orders")
    op.drop_index(op.f("ix_used_proofs_until"), "used_proofs")
    op.drop_index(_NAME, "log_entries")
    op.create_index(_NAME, "log_entries", ["customer", "event"], sqlite_where=_WHERE, postgresql_where=_WHERE)
