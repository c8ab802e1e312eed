"""What customers ask about orders: demands with their pieces and steps; and since when an order is said not to be theirs."""

import sqlalchemy as sa
from alembic import op

from portal.kernel import db

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_demands",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("order_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.String(length=24), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("receipt", sa.LargeBinary(), nullable=True),
        sa.Column("preview", sa.BigInteger(), nullable=True),
        sa.Column("refund", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("asked_at", db.UtcDateTime, nullable=False),
        sa.Column("due_at", db.UtcDateTime, nullable=False),
        sa.Column("is_promised", sa.Boolean(), nullable=False),
        sa.Column("answered_at", db.UtcDateTime, nullable=True),
        sa.Column("reminded_at", db.UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_order_demands_customer_id_customers")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_demands_order_id_orders")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_order_demands_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_demands")),
        sa.UniqueConstraint("order_id", "turn", name=op.f("uq_order_demands_order_id_turn")),
    )
    with op.batch_alter_table("order_demands", schema=None) as batch_op:
        batch_op.create_index("ix_order_demands_customer_asked", ["customer_id", "asked_at"], unique=False)
        batch_op.create_index("ix_order_demands_vendor_state", ["vendor_id", "state", "asked_at"], unique=False)

    op.create_table(
        "order_demand_lines",
        sa.Column("demand_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("line_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("order_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_order_demand_lines_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["demand_id"], ["order_demands.id"], name=op.f("fk_order_demand_lines_demand_id_order_demands")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["order_lines.id"], name=op.f("fk_order_demand_lines_line_id_order_lines")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_demand_lines_order_id_orders")),
        sa.PrimaryKeyConstraint("demand_id", "line_id", name=op.f("pk_order_demand_lines")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("order_demand_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_demand_lines_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_order_demand_lines_order_id"), ["order_id"], unique=False)

    op.create_table(
        "order_demand_steps",
        sa.Column("demand_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("who", sa.String(length=8), nullable=False),
        sa.Column("at", db.UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_order_demand_steps_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["demand_id"], ["order_demands.id"], name=op.f("fk_order_demand_steps_demand_id_order_demands")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_demand_steps_order_id_orders")),
        sa.PrimaryKeyConstraint("demand_id", "turn", name=op.f("pk_order_demand_steps")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("order_demand_steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_demand_steps_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_order_demand_steps_order_id"), ["order_id"], unique=False)

    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.add_column(sa.Column("disputed_at", db.UtcDateTime, nullable=True))
