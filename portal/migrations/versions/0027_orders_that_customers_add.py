"""Orders that customers add themselves."""

import sqlalchemy as sa
from alembic import op

from portal.kernel import db

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_ID = sa.LargeBinary(length=16)


def _customer(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f(f"fk_{table}_customer_id_customers"))


def upgrade() -> None:
    op.create_table(
        "added_orders",
        sa.Column("id", _ID, nullable=False),
        sa.Column("customer_id", _ID, nullable=False),
        sa.Column("twin", sa.LargeBinary(length=32), nullable=True),
        sa.Column("once", sa.LargeBinary(length=32), nullable=True),
        sa.Column("company", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        sa.Column("placed_at", db.UtcDateTime, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.Column("updated_at", db.UtcDateTime, nullable=False),
        _customer("added_orders"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_added_orders")),
        sa.UniqueConstraint("customer_id", "once", name=op.f("uq_added_orders_customer_id_once")),
        sa.UniqueConstraint("customer_id", "twin", name=op.f("uq_added_orders_customer_id_twin")),
    )
    op.create_index("ix_added_orders_customer_placed", "added_orders", ["customer_id", "placed_at", "id"])
    op.create_table(
        "added_order_lines",
        sa.Column("id", _ID, nullable=False),
        sa.Column("order_id", _ID, nullable=False),
        sa.Column("customer_id", _ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        _customer("added_order_lines"),
        sa.ForeignKeyConstraint(
            ["order_id"], ["added_orders.id"], name=op.f("fk_added_order_lines_order_id_added_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_added_order_lines")),
    )
    op.create_index(op.f("ix_added_order_lines_customer_id"), "added_order_lines", ["customer_id"])
    op.create_index(op.f("ix_added_order_lines_order_id"), "added_order_lines", ["order_id"])
