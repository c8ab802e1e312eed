"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op

from portal.kernel import db

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "holders",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=32), nullable=True),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holders")),
        sa.UniqueConstraint("label", name=op.f("uq_holders_label")),
    )
    op.create_table(
        "key_checks",
        sa.Column("keyset", sa.String(length=16), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("keyset", name=op.f("pk_key_checks")),
    )
    op.create_table(
        "limits",
        sa.Column("scope", sa.String(length=40), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("slice", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("expires_at", db.UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", "slice", name=op.f("pk_limits")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("limits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_limits_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "log_counters",
        sa.Column("customer", sa.String(length=32), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer", name=op.f("pk_log_counters")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_entries",
        sa.Column("idx", db.Number, autoincrement=False, nullable=False),
        sa.Column("leaf", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=True),
        sa.Column("customer", sa.String(length=32), nullable=True),
        sa.Column("counter", sa.BigInteger(), nullable=True),
        sa.Column("vendor", sa.String(length=32), nullable=True),
        sa.Column("grant_id", sa.String(length=32), nullable=True),
        sa.Column("asked", sa.String(length=64), nullable=True),
        sa.Column("given", sa.String(length=64), nullable=True),
        sa.Column("request", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("idx", name=op.f("pk_log_entries")),
    )
    with op.batch_alter_table("log_entries", schema=None) as batch_op:
        batch_op.create_index("ix_log_entries_customer_counter", ["customer", "counter"], unique=True)
        batch_op.create_index(
            "ix_log_entries_customer_event",
            ["customer", "event"],
            unique=False,
            sqlite_where=sa.column("event") != sa.literal_column("'profile.disclosed'"),
            postgresql_where=sa.column("event") != sa.literal_column("'profile.disclosed'"),
        )
        batch_op.create_index("ix_log_entries_event_idx", ["event", "idx"], unique=False)
        batch_op.create_index("ix_log_entries_vendor_idx", ["vendor", "idx"], unique=False)

    op.create_table(
        "log_fields",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("fields", db.Json, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_log_fields")),
    )
    op.create_table(
        "log_personal",
        sa.Column("idx", db.Number, autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("idx", name=op.f("pk_log_personal")),
    )
    op.create_table(
        "log_queue",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("personal", sa.LargeBinary(), nullable=True),
        sa.Column("field_lists", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_queue")),
    )
    op.create_table(
        "log_roots",
        sa.Column("size", db.Number, autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_log_roots")),
    )
    op.create_table(
        "log_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("edge", sa.LargeBinary(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_state")),
    )
    op.create_table(
        "notices",
        sa.Column("version", sa.LargeBinary(length=32), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_notices")),
    )
    op.create_table(
        "refusal_counts",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("minute", db.UtcDateTime, nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("actor_kind", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=True),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "minute", name=op.f("pk_refusal_counts")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "vendors",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("card", db.Json, nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("admitted_by", sa.String(length=120), nullable=False),
        sa.Column("admitted_at", db.UtcDateTime, nullable=False),
        sa.Column("blocked_at", db.UtcDateTime, nullable=True),
        sa.CheckConstraint("mode IN ('live', 'test')", name=op.f("ck_vendors_mode")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendors")),
        sa.UniqueConstraint("name", name=op.f("uq_vendors_name")),
        sa.UniqueConstraint("slug", name=op.f("uq_vendors_slug")),
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("holder_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        sa.Column("email_verified_at", db.UtcDateTime, nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.Column("password_changed_at", db.UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name=op.f("fk_accounts_holder_id_holders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
    )
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_holder_id"), ["holder_id"], unique=False)

    op.create_table(
        "clients",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("profile", sa.String(length=8), nullable=False),
        sa.Column("redirect_uris", db.Json, nullable=False),
        sa.Column("scopes", db.Json, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.CheckConstraint("profile IN ('basic', 'fapi')", name=op.f("ck_clients_profile")),
        sa.CheckConstraint("state IN ('live', 'blocked')", name=op.f("ck_clients_state")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_clients_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
        sa.UniqueConstraint("client_id", name=op.f("uq_clients_client_id")),
    )
    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clients_vendor_id"), ["vendor_id"], unique=False)

    op.create_table(
        "data_keys",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("holder_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("pseudonym", sa.LargeBinary(length=16), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name=op.f("fk_data_keys_holder_id_holders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_keys")),
        sa.UniqueConstraint("pseudonym", name=op.f("uq_data_keys_pseudonym")),
    )
    with op.batch_alter_table("data_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_data_keys_holder_id"), ["holder_id"], unique=False)

    op.create_table(
        "identifiers",
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("holder_id", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name=op.f("fk_identifiers_holder_id_holders")),
        sa.PrimaryKeyConstraint("kind", "key_version", "digest", name=op.f("pk_identifiers")),
    )
    with op.batch_alter_table("identifiers", schema=None) as batch_op:
        batch_op.create_index("ix_identifiers_holder_id", ["holder_id"], unique=False)

    op.create_table(
        "jobs",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("holder_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("run_at", db.UtcDateTime, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", db.UtcDateTime, nullable=True),
        sa.Column("trouble", sa.String(length=80), nullable=True),
        sa.Column("cause", sa.String(length=80), nullable=True),
        sa.Column("request_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("actor_kind", sa.String(length=16), nullable=False),
        sa.Column("actor_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("actor_name", sa.String(length=80), nullable=True),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.Column("finished_at", db.UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name=op.f("fk_jobs_holder_id_holders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_jobs_state_jobs_run_at"), ["state", "run_at"], unique=False)

    op.create_table(
        "mails",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("holder_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("recipient", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("reply_to", sa.LargeBinary(), nullable=True),
        sa.Column("template", sa.String(length=80), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reply_code", sa.Integer(), nullable=True),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.Column("changed_at", db.UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name=op.f("fk_mails_holder_id_holders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
    )
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mails_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_mails_holder_id"), ["holder_id"], unique=False)

    op.create_table(
        "vendor_purposes",
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=120), nullable=False),
        sa.Column("datatypes", db.Json, nullable=False),
        sa.Column("may_require", db.Json, nullable=False),
        sa.Column("text", db.Json, nullable=False),
        sa.Column("updated_at", db.UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_vendor_purposes_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("vendor_id", "purpose", name=op.f("pk_vendor_purposes")),
    )
    op.create_table(
        "customers",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("holder_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("account_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("sharing_version", sa.Integer(), nullable=False),
        sa.Column("joined_into", sa.LargeBinary(length=16), nullable=True),
        sa.Column("joined_at", db.UtcDateTime, nullable=True),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.CheckConstraint("kind IN ('person', 'prospect')", name=op.f("ck_customers_kind")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_customers_account_id_accounts")),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name=op.f("fk_customers_holder_id_holders")),
        sa.ForeignKeyConstraint(["joined_into"], ["customers.id"], name=op.f("fk_customers_joined_into_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("account_id", name=op.f("uq_customers_account_id")),
        sa.UniqueConstraint("holder_id", name=op.f("uq_customers_holder_id")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customers_joined_into"), ["joined_into"], unique=False)

    op.create_table(
        "idempotency",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("client_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("route", sa.String(length=80), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("results", db.Json, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("held_until", db.UtcDateTime, nullable=False),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.Column("expires_at", db.UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_idempotency_client_id_clients")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency")),
        sa.UniqueConstraint("client_id", "route", "key_hash", name=op.f("uq_idempotency_client_id_route_key_hash")),
    )
    with op.batch_alter_table("idempotency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "read_claims",
        sa.Column("grant_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=120), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("counted_at", db.UtcDateTime, nullable=False),
        sa.Column("until", db.UtcDateTime, nullable=False),
        sa.Column("goes_on", sa.LargeBinary(length=32), nullable=True),
        sa.PrimaryKeyConstraint("grant_id", "purpose", "number", name=op.f("pk_read_claims")),
    )
    with op.batch_alter_table("read_claims", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_read_claims_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_read_claims_until"), ["until"], unique=False)

    op.create_table(
        "pushed_requests",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("client_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("parameters", db.Json, nullable=False),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.Column("expires_at", db.UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_pushed_requests_client_id_clients")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_pushed_requests")),
    )
    with op.batch_alter_table("pushed_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pushed_requests_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "one_time_tokens",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("account_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.Column("expires_at", db.UtcDateTime, nullable=False),
        sa.Column("used_at", db.UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_one_time_tokens_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_tokens")),
        sa.UniqueConstraint("hash", name=op.f("uq_one_time_tokens_hash")),
    )
    with op.batch_alter_table("one_time_tokens", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_one_time_tokens_account_id_one_time_tokens_purpose"), ["account_id", "purpose"], unique=False
        )

    op.create_table(
        "roles",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("account_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("granted_at", db.UtcDateTime, nullable=False),
        sa.Column("ended_at", db.UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_roles_account_id_accounts")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_roles_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
    )
    with op.batch_alter_table("roles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_roles_account_id_roles_role"), ["account_id", "role"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("account_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.Column("last_seen_at", db.UtcDateTime, nullable=False),
        sa.Column("expires_at", db.UtcDateTime, nullable=False),
        sa.Column("idle_seconds", sa.Integer(), nullable=False),
        sa.Column("ended_at", db.UtcDateTime, nullable=True),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_sessions_secret_hash")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sessions_account_id_sessions_ended_at"), ["account_id", "ended_at"], unique=False
        )

    op.create_table(
        "attributes",
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("path", sa.String(length=80), nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("source_vendor_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("confirmed_at", db.UtcDateTime, nullable=False),
        sa.Column("verified_at", db.UtcDateTime, nullable=True),
        sa.Column("updated_at", db.UtcDateTime, nullable=False),
        sa.CheckConstraint("source IN ('self', 'import', 'vendor', 'account')", name=op.f("ck_attributes_source")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_attributes_customer_id_customers")),
        sa.ForeignKeyConstraint(
            ["source_vendor_id"], ["vendors.id"], name=op.f("fk_attributes_source_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("customer_id", "path", name=op.f("pk_attributes")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "links",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=True),
        sa.Column("folded_into", sa.LargeBinary(length=16), nullable=True),
        sa.Column("paused_at", db.UtcDateTime, nullable=True),
        sa.Column("blocked_at", db.UtcDateTime, nullable=True),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.Column("ended_at", db.UtcDateTime, nullable=True),
        sa.CheckConstraint("state IN ('prospect', 'active', 'ended')", name=op.f("ck_links_state")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_links_customer_id_customers")),
        sa.ForeignKeyConstraint(["folded_into"], ["links.id"], name=op.f("fk_links_folded_into_links")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_links_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("vendor_id", "number", name=op.f("uq_links_vendor_id_number")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_links_folded_into"), ["folded_into"], unique=False)
        batch_op.create_index(
            "uq_links_customer_vendor",
            ["customer_id", "vendor_id"],
            unique=True,
            sqlite_where=sa.column("folded_into").is_(None),
            postgresql_where=sa.column("folded_into").is_(None),
        )

    op.create_table(
        "requests",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("client_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("again_of", sa.LargeBinary(length=16), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=True),
        sa.Column("details", db.Json, nullable=False),
        sa.Column("ui_locale", sa.String(length=8), nullable=True),
        sa.Column("customer_number", sa.String(length=64), nullable=True),
        sa.Column("counter_offer", db.Json, nullable=True),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.Column("expires_at", db.UtcDateTime, nullable=False),
        sa.Column("answered_at", db.UtcDateTime, nullable=True),
        sa.CheckConstraint("answer IN ('given', 'refused')", name=op.f("ck_requests_answer")),
        sa.CheckConstraint("source IN ('authorize', 'vendor', 'again')", name=op.f("ck_requests_source")),
        sa.CheckConstraint("state IN ('waiting', 'answered', 'withdrawn')", name=op.f("ck_requests_state")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_requests_client_id_clients")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_requests_customer_id_customers")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_requests_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
    )
    with op.batch_alter_table("requests", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_requests_customer_id_requests_state"), ["customer_id", "state"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_requests_vendor_id_requests_created_at"), ["vendor_id", "created_at"], unique=False
        )

    op.create_table(
        "authorization_requests",
        sa.Column("request_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("client_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("redirect_uri", sa.String(length=2048), nullable=False),
        sa.Column("state", sa.String(length=2048), nullable=True),
        sa.Column("scope", sa.String(length=1024), nullable=False),
        sa.Column("code_challenge", sa.String(length=128), nullable=False),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.Column("answered_at", db.UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_authorization_requests_client_id_clients")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["requests.id"], name=op.f("fk_authorization_requests_request_id_requests")
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_authorization_requests")),
    )
    with op.batch_alter_table("authorization_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_authorization_requests_client_id"), ["client_id"], unique=False)

    op.create_table(
        "grants",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("link_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("client_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("request_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("state", sa.String(length=5), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.Column("updated_at", db.UtcDateTime, nullable=False),
        sa.Column("ends_at", db.UtcDateTime, nullable=False),
        sa.Column("ended_at", db.UtcDateTime, nullable=True),
        sa.Column("ended_by", sa.String(length=10), nullable=True),
        sa.CheckConstraint("ended_by IN ('customer', 'replaced', 'vendor', 'link')", name=op.f("ck_grants_ended_by")),
        sa.CheckConstraint("state IN ('live', 'ended')", name=op.f("ck_grants_state")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_grants_client_id_clients")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_grants_customer_id_customers")),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_grants_link_id_links")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_grants_request_id_requests")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_grants_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.UniqueConstraint("request_id", name=op.f("uq_grants_request_id")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_grants_customer_id_grants_created_at"), ["customer_id", "created_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_grants_link_id_grants_state"), ["link_id", "state"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_grants_vendor_id_grants_state_grants_link_id"),
            ["vendor_id", "state", "link_id"],
            unique=False,
        )

    op.create_table(
        "folds",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("link_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("prospect_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("source_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=True),
        sa.Column("sub", sa.String(length=36), nullable=False),
        sa.Column("belongings", db.Json, nullable=False),
        sa.Column("folded_at", db.UtcDateTime, nullable=False),
        sa.Column("parted_at", db.UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_folds_customer_id_customers")),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_folds_link_id_links")),
        sa.ForeignKeyConstraint(["prospect_id"], ["customers.id"], name=op.f("fk_folds_prospect_id_customers")),
        sa.ForeignKeyConstraint(["source_id"], ["links.id"], name=op.f("fk_folds_source_id_links")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_folds")),
    )
    with op.batch_alter_table("folds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_folds_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_folds_link_id"), ["link_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_folds_source_id"), ["source_id"], unique=False)

    op.create_table(
        "invitations",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("link_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.Column("expires_at", db.UtcDateTime, nullable=False),
        sa.Column("used_at", db.UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_invitations_link_id_links")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_invitations")),
    )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitations_link_id"), ["link_id"], unique=False)

    op.create_table(
        "orders",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("link_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("customer_number", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("placed_at", db.UtcDateTime, nullable=False),
        sa.Column("approved_at", db.UtcDateTime, nullable=True),
        sa.Column("shipped_at", db.UtcDateTime, nullable=True),
        sa.Column("delivered_at", db.UtcDateTime, nullable=True),
        sa.Column("promised_at", db.UtcDateTime, nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.Column("updated_at", db.UtcDateTime, nullable=False),
        sa.Column("withheld_at", db.UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_orders_customer_id_customers")),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_orders_link_id_links")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_orders_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("vendor_id", "number", name=op.f("uq_orders_vendor_id_number")),
    )
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index("ix_orders_customer_placed", ["customer_id", "placed_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_orders_link_id"), ["link_id"], unique=False)
        batch_op.create_index("ix_orders_vendor_placed", ["vendor_id", "placed_at", "id"], unique=False)

    op.create_table(
        "pairwise_ids",
        sa.Column("sub", sa.String(length=36), nullable=False),
        sa.Column("link_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_pairwise_ids_link_id_links")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_pairwise_ids_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("sub", name=op.f("pk_pairwise_ids")),
    )
    with op.batch_alter_table("pairwise_ids", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pairwise_ids_link_id"), ["link_id"], unique=False)
        batch_op.create_index(
            "uq_pairwise_ids_own",
            ["link_id"],
            unique=True,
            sqlite_where=sa.column("own", sa.Boolean()),
            postgresql_where=sa.column("own", sa.Boolean()),
        )

    op.create_table(
        "codes",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("client_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("grant_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("redirect_uri", sa.String(length=2048), nullable=False),
        sa.Column("scope", sa.String(length=1024), nullable=False),
        sa.Column("code_challenge", sa.String(length=128), nullable=False),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.Column("expires_at", db.UtcDateTime, nullable=False),
        sa.Column("used_at", db.UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_codes_client_id_clients")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_codes_customer_id_customers")),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_codes_grant_id_grants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_codes")),
        sa.UniqueConstraint("hash", name=op.f("uq_codes_hash")),
    )
    with op.batch_alter_table("codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_codes_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_codes_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_codes_grant_id"), ["grant_id"], unique=False)

    op.create_table(
        "grant_details",
        sa.Column("grant_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=120), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("datatypes", db.Json, nullable=False),
        sa.Column("required", db.Json, nullable=False),
        sa.Column("not_before", db.UtcDateTime, nullable=True),
        sa.Column("expires_at", db.UtcDateTime, nullable=False),
        sa.Column("lookback", sa.String(length=24), nullable=True),
        sa.Column("retention", sa.String(length=24), nullable=True),
        sa.Column("most_reads", sa.Integer(), nullable=True),
        sa.Column("read_span", sa.String(length=24), nullable=True),
        sa.Column("more", db.Json, nullable=False),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_grant_details_customer_id_customers")),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_grant_details_grant_id_grants")),
        sa.PrimaryKeyConstraint("grant_id", "version", "purpose", name=op.f("pk_grant_details")),
    )
    with op.batch_alter_table("grant_details", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grant_details_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "order_lines",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("order_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("category", sa.LargeBinary(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("gift_at", db.UtcDateTime, nullable=True),
        sa.Column("withheld_at", db.UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_order_lines_customer_id_customers")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id_orders")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_order_lines_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_lines")),
        sa.UniqueConstraint("order_id", "number", name=op.f("uq_order_lines_order_id_number")),
    )
    with op.batch_alter_table("order_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_lines_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "records",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("request_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("grant_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("notice", sa.LargeBinary(length=32), nullable=True),
        sa.Column("jws", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", db.UtcDateTime, nullable=False),
        sa.CheckConstraint(
            "kind IN ('given', 'refused', 'narrowed', 'withdrawn', 'replaced')", name=op.f("ck_records_kind")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_records_customer_id_customers")),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_records_grant_id_grants")),
        sa.ForeignKeyConstraint(["notice"], ["notices.version"], name=op.f("fk_records_notice_notices")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_records_request_id_requests")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_records_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records")),
    )
    with op.batch_alter_table("records", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_records_customer_id_records_made_at"), ["customer_id", "made_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_records_grant_id_records_made_at"), ["grant_id", "made_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_records_request_id"), ["request_id"], unique=False)

    op.create_table(
        "tokens",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("family", sa.LargeBinary(length=16), nullable=False),
        sa.Column("client_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("grant_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("scope", sa.String(length=1024), nullable=False),
        sa.Column("issued_at", db.UtcDateTime, nullable=False),
        sa.Column("expires_at", db.UtcDateTime, nullable=False),
        sa.Column("rotated_at", db.UtcDateTime, nullable=True),
        sa.Column("ended_at", db.UtcDateTime, nullable=True),
        sa.Column("ended_because", sa.String(length=24), nullable=True),
        sa.CheckConstraint("kind IN ('access', 'refresh')", name=op.f("ck_tokens_kind")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_tokens_client_id_clients")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_tokens_customer_id_customers")),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_tokens_grant_id_grants")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_tokens_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("hash", name=op.f("uq_tokens_hash")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tokens_client_id"), ["client_id"], unique=False)
        batch_op.create_index(
            "ix_tokens_customer_id_expires_at",
            ["customer_id", "expires_at"],
            unique=False,
            sqlite_where=sa.column("customer_id").is_not(None),
            postgresql_where=sa.column("customer_id").is_not(None),
        )
        batch_op.create_index(batch_op.f("ix_tokens_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index("ix_tokens_family", ["family"], unique=False)
        batch_op.create_index(
            "ix_tokens_grant_id",
            ["grant_id"],
            unique=False,
            sqlite_where=sa.column("grant_id").is_not(None),
            postgresql_where=sa.column("grant_id").is_not(None),
        )
