"""Conversations of customers with companies, what companies promise of them, and what happened elsewhere."""

import sqlalchemy as sa
from alembic import op

from portal.kernel import db

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_replies",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("saved_at", db.UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_saved_replies_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_replies")),
        sa.UniqueConstraint("vendor_id", "title", name=op.f("uq_saved_replies_vendor_id_title")),
    )
    op.create_table(
        "ticket_promises",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("made_at", db.UtcDateTime, nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("week", db.Json, nullable=True),
        sa.Column("closed", db.Json, nullable=False),
        sa.Column("targets", db.Json, nullable=False),
        sa.Column("pause_on", db.Json, nullable=False),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_ticket_promises_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_promises")),
    )
    with op.batch_alter_table("ticket_promises", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_promises_newest", ["vendor_id", "id"], unique=False)

    op.create_table(
        "tickets",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("link_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("vendor_number", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("impact", sa.SmallInteger(), nullable=False),
        sa.Column("urgency", sa.SmallInteger(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("about", sa.String(length=8), nullable=True),
        sa.Column("about_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("about_entry", sa.BigInteger(), nullable=True),
        sa.Column("follows_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("promise_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("assignee_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("opened_by", sa.String(length=8), nullable=False),
        sa.Column("opened_at", db.UtcDateTime, nullable=False),
        sa.Column("changed_at", db.UtcDateTime, nullable=False),
        sa.Column("resolved_at", db.UtcDateTime, nullable=True),
        sa.Column("queue_at", db.UtcDateTime, nullable=True),
        sa.Column("warn_at", db.UtcDateTime, nullable=True),
        sa.Column("due_clock", sa.String(length=16), nullable=True),
        sa.Column("call_wanted_at", db.UtcDateTime, nullable=True),
        sa.Column("legal_day", sa.Date(), nullable=True),
        sa.Column("legal", sa.LargeBinary(), nullable=True),
        sa.Column("once", sa.LargeBinary(length=32), nullable=True),
        sa.ForeignKeyConstraint(["assignee_id"], ["accounts.id"], name=op.f("fk_tickets_assignee_id_accounts")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_tickets_customer_id_customers")),
        sa.ForeignKeyConstraint(["follows_id"], ["tickets.id"], name=op.f("fk_tickets_follows_id_tickets")),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_tickets_link_id_links")),
        sa.ForeignKeyConstraint(
            ["promise_id"], ["ticket_promises.id"], name=op.f("fk_tickets_promise_id_ticket_promises")
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_tickets_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("customer_id", "once", name=op.f("uq_tickets_customer_id_once")),
        sa.UniqueConstraint("number", name=op.f("uq_tickets_number")),
        sa.UniqueConstraint("vendor_id", "vendor_number", name=op.f("uq_tickets_vendor_id_vendor_number")),
    )
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tickets_about_id"), ["about_id"], unique=False)
        batch_op.create_index("ix_tickets_customer_changed", ["customer_id", "changed_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_tickets_follows_id"), ["follows_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_tickets_link_id"), ["link_id"], unique=False)
        batch_op.create_index(
            "ix_tickets_queue",
            ["vendor_id", "queue_at", "id"],
            unique=False,
            sqlite_where=sa.column("queue_at").is_not(None),
            postgresql_where=sa.column("queue_at").is_not(None),
        )
        batch_op.create_index("ix_tickets_vendor_opened", ["vendor_id", "opened_at", "id"], unique=False)

    op.create_table(
        "interactions",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("link_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("ticket_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("initiated_by", sa.String(length=8), nullable=False),
        sa.Column("at", db.UtcDateTime, nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("told_at", db.UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_interactions_customer_id_customers")),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_interactions_link_id_links")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_interactions_ticket_id_tickets")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_interactions_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interactions")),
        sa.UniqueConstraint("vendor_id", "number", name=op.f("uq_interactions_vendor_id_number")),
    )
    with op.batch_alter_table("interactions", schema=None) as batch_op:
        batch_op.create_index("ix_interactions_customer_at", ["customer_id", "at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_interactions_link_id"), ["link_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_interactions_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "ticket_events",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("ticket_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", db.UtcDateTime, nullable=False),
        sa.Column("action", sa.String(length=12), nullable=False),
        sa.Column("by", sa.String(length=8), nullable=False),
        sa.Column("author_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("once", sa.LargeBinary(length=32), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["accounts.id"], name=op.f("fk_ticket_events_author_id_accounts")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_ticket_events_customer_id_customers")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_events_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_events")),
        sa.UniqueConstraint("ticket_id", "once", name=op.f("uq_ticket_events_ticket_id_once")),
        sa.UniqueConstraint("ticket_id", "position", name=op.f("uq_ticket_events_ticket_id_position")),
    )
    with op.batch_alter_table("ticket_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_events_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "ticket_notes",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("ticket_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("at", db.UtcDateTime, nullable=False),
        sa.Column("action", sa.String(length=12), nullable=False),
        sa.Column("author_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("to_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("urgency", sa.SmallInteger(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("once", sa.LargeBinary(length=32), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["accounts.id"], name=op.f("fk_ticket_notes_author_id_accounts")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_ticket_notes_customer_id_customers")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_notes_ticket_id_tickets")),
        sa.ForeignKeyConstraint(["to_id"], ["accounts.id"], name=op.f("fk_ticket_notes_to_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_notes")),
        sa.UniqueConstraint("ticket_id", "once", name=op.f("uq_ticket_notes_ticket_id_once")),
    )
    with op.batch_alter_table("ticket_notes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_notes_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ticket_notes_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "ticket_ratings",
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("ticket_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("at", db.UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_ticket_ratings_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["ticket_events.id"], name=op.f("fk_ticket_ratings_event_id_ticket_events")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_ratings_ticket_id_tickets")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_ticket_ratings_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_ticket_ratings")),
    )
    with op.batch_alter_table("ticket_ratings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_ratings_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ticket_ratings_ticket_id"), ["ticket_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ticket_ratings_vendor_id"), ["vendor_id"], unique=False)
