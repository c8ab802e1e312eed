"""Processes with named steps and promised times: what an order is called, its steps, and the ledger of their promises."""

import sqlalchemy as sa
from alembic import op

from portal.kernel import db

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_ID = sa.LargeBinary(length=16)


def _of(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=op.f(f"fk_{table}_{column}_{parent}"))


def upgrade() -> None:
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.add_column(sa.Column("process", sa.LargeBinary(), nullable=True))
    op.create_table(
        "order_steps",
        sa.Column("id", _ID, nullable=False),
        sa.Column("order_id", _ID, nullable=False),
        sa.Column("customer_id", _ID, nullable=False),
        sa.Column("vendor_id", _ID, nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("promised_at", db.UtcDateTime, nullable=True),
        sa.Column("done_at", db.UtcDateTime, nullable=True),
        _of("order_steps", "customer_id", "customers"),
        _of("order_steps", "order_id", "orders"),
        _of("order_steps", "vendor_id", "vendors"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_steps")),
        sa.UniqueConstraint("order_id", "number", name=op.f("uq_order_steps_order_id_number")),
    )
    op.create_index(op.f("ix_order_steps_customer_id"), "order_steps", ["customer_id"])
    op.create_index(op.f("ix_order_steps_promised_at"), "order_steps", ["promised_at"])
    op.create_index(op.f("ix_order_steps_vendor_id"), "order_steps", ["vendor_id"])
    op.create_table(
        "order_step_promises",
        sa.Column("step_id", _ID, nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("order_id", _ID, nullable=False),
        sa.Column("customer_id", _ID, nullable=False),
        sa.Column("promised_at", db.UtcDateTime, nullable=False),
        sa.Column("told_at", db.UtcDateTime, nullable=False),
        _of("order_step_promises", "customer_id", "customers"),
        _of("order_step_promises", "order_id", "orders"),
        _of("order_step_promises", "step_id", "order_steps"),
        sa.PrimaryKeyConstraint("step_id", "turn", name=op.f("pk_order_step_promises")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_order_step_promises_customer_id"), "order_step_promises", ["customer_id"])
    op.create_index(op.f("ix_order_step_promises_order_id"), "order_step_promises", ["order_id"])
