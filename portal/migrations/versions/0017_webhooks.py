"""Places at which companies are told what happens, and what became of each telling."""

import sqlalchemy as sa
from alembic import op

from portal.kernel import db

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_WAITING = sa.column("state") == sa.literal_column("'waiting'")
_ASKED = sa.column("asked_at").is_not(None)


def upgrade() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("holder_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("url", sa.LargeBinary(), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("kinds", db.Json, nullable=False),
        sa.Column("algorithm", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("disabled_because", sa.String(length=16), nullable=True),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.Column("changed_at", db.UtcDateTime, nullable=False),
        sa.CheckConstraint("algorithm IN ('v1', 'v1a')", name=op.f("ck_webhook_endpoints_algorithm")),
        sa.CheckConstraint("state IN ('active', 'disabled')", name=op.f("ck_webhook_endpoints_state")),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name=op.f("fk_webhook_endpoints_holder_id_holders")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_webhook_endpoints_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )
    with op.batch_alter_table("webhook_endpoints", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_webhook_endpoints_vendor_id"), ["vendor_id"], unique=False)

    op.create_table(
        "webhook_secrets",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("endpoint_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("public", sa.String(length=64), nullable=True),
        sa.Column("made_at", db.UtcDateTime, nullable=False),
        sa.Column("ends_at", db.UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoints.id"], name=op.f("fk_webhook_secrets_endpoint_id_webhook_endpoints")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_secrets")),
    )
    with op.batch_alter_table("webhook_secrets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_webhook_secrets_endpoint_id"), ["endpoint_id"], unique=False)

    op.create_table(
        "webhook_places",
        sa.Column("endpoint_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("again", sa.BigInteger(), nullable=True),
        sa.Column("again_until", sa.BigInteger(), nullable=True),
        sa.Column("claim", sa.Integer(), nullable=False),
        sa.Column("claimed_until", db.UtcDateTime, nullable=True),
        sa.Column("rest_until", db.UtcDateTime, nullable=True),
        sa.Column("failing_since", db.UtcDateTime, nullable=True),
        sa.Column("delivered_at", db.UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoints.id"], name=op.f("fk_webhook_places_endpoint_id_webhook_endpoints")
        ),
        sa.PrimaryKeyConstraint("endpoint_id", name=op.f("pk_webhook_places")),
        sqlite_with_rowid=False,
    )

    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("endpoint_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=True),
        sa.Column("link_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", db.UtcDateTime, nullable=True),
        sa.Column("asked_at", db.UtcDateTime, nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.Column("ended_at", db.UtcDateTime, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'delivered', 'given-up', 'dropped')", name=op.f("ck_webhook_deliveries_state")
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoints.id"], name=op.f("fk_webhook_deliveries_endpoint_id_webhook_endpoints")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("endpoint_id", "idx", name=op.f("uq_webhook_deliveries_endpoint_id_idx")),
    )
    with op.batch_alter_table("webhook_deliveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_webhook_deliveries_created_at"), ["created_at"], unique=False)
        batch_op.create_index("ix_webhook_deliveries_event_id", ["endpoint_id", "event_id"], unique=False)
        batch_op.create_index(
            "ix_webhook_deliveries_in_order",
            ["endpoint_id", "link_id", "idx"],
            unique=False,
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        )
        batch_op.create_index(
            "ix_webhook_deliveries_next",
            ["endpoint_id", "next_at"],
            unique=False,
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        )
        batch_op.create_index(
            "ix_webhook_deliveries_asked",
            ["endpoint_id", "asked_at"],
            unique=False,
            sqlite_where=_ASKED,
            postgresql_where=_ASKED,
        )

    op.create_table(
        "webhook_attempts",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("delivery_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("at", db.UtcDateTime, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["webhook_deliveries.id"], name=op.f("fk_webhook_attempts_delivery_id_webhook_deliveries")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_attempts")),
    )
    with op.batch_alter_table("webhook_attempts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_webhook_attempts_delivery_id"), ["delivery_id"], unique=False)
