"""Orders that their customers run: what was promised each time, shipments and what happened to them."""

import sqlalchemy as sa
from alembic import op

from portal.kernel import db

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_LISTED = ["customer_id", "placed_at", "id", "vendor_id", "status", "currency", "total"]


def upgrade() -> None:
    op.create_table(
        "order_promises",
        sa.Column("order_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("promised_at", db.UtcDateTime, nullable=False),
        sa.Column("told_at", db.UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_order_promises_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_promises_order_id_orders")),
        sa.PrimaryKeyConstraint("order_id", "turn", name=op.f("pk_order_promises")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("order_promises", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_promises_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "order_shipments",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("order_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("carrier", sa.String(length=120), nullable=True),
        sa.Column("tracking", sa.LargeBinary(), nullable=True),
        sa.Column("tracking_url", sa.LargeBinary(), nullable=True),
        sa.Column("parts", db.Json, nullable=True),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.Column("updated_at", db.UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_order_shipments_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_shipments_order_id_orders")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_order_shipments_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_shipments")),
        sa.UniqueConstraint("order_id", "number", name=op.f("uq_order_shipments_order_id_number")),
    )
    with op.batch_alter_table("order_shipments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_shipments_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "order_shipment_events",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("shipment_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("order_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", db.UtcDateTime, nullable=False),
        sa.Column("place", sa.LargeBinary(), nullable=True),
        sa.Column("told_at", db.UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_order_shipment_events_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_shipment_events_order_id_orders")),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["order_shipments.id"], name=op.f("fk_order_shipment_events_shipment_id_order_shipments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_shipment_events")),
        sa.UniqueConstraint("shipment_id", "at", "kind", name=op.f("uq_order_shipment_events_shipment_id_at_kind")),
    )
    with op.batch_alter_table("order_shipment_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_shipment_events_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_order_shipment_events_order_id"), ["order_id"], unique=False)

    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seller_of_record", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("channel", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("left_at", db.UtcDateTime, nullable=True))
        batch_op.add_column(sa.Column("came_at", db.UtcDateTime, nullable=True))
        batch_op.add_column(sa.Column("return_until", db.UtcDateTime, nullable=True))
        batch_op.add_column(sa.Column("guarantee_until", db.UtcDateTime, nullable=True))
        batch_op.add_column(sa.Column("words", sa.LargeBinary(), nullable=True))
        batch_op.drop_index("ix_orders_customer_placed")
        batch_op.create_index("ix_orders_customer_placed", _LISTED, unique=False)
    _begin_the_ledger()


_orders = sa.table("orders", *(sa.column(name) for name in ("id", "customer_id", "promised_at", "created_at")))
_LEDGER = ("order_id", "turn", "customer_id", "promised_at", "told_at")
_promises = sa.table("order_promises", *(sa.column(name) for name in _LEDGER))


def _begin_the_ledger() -> None:
    """What is promised now is the first that is known."""
    there = sa.select(
        _orders.c.id, sa.literal(1), _orders.c.customer_id, _orders.c.promised_at, _orders.c.created_at
    ).where(_orders.c.promised_at.is_not(None))
    op.execute(sa.insert(_promises).from_select(list(_LEDGER), there))
