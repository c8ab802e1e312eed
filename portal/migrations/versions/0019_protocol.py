"""Versions of permissions and requests that change one; how surely whoever said yes was known; keys at an address."""

import sqlalchemy as sa
from alembic import op

from portal.kernel import db

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_requests = sa.table("requests", sa.column("id"), sa.column("source"))
_grants = sa.table("grants", sa.column("id"), sa.column("request_id"))
_details = sa.table(
    "grant_details", sa.column("grant_id"), sa.column("version"), sa.column("customer_id"), sa.column("created_at")
)
_versions = sa.table(
    "grant_versions",
    *(sa.column(name) for name in ("grant_id", "version", "customer_id", "change", "made_by", "created_at")),
)


def upgrade() -> None:
    op.create_table(
        "grant_versions",
        sa.Column("grant_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("change", sa.String(length=8), nullable=False),
        sa.Column("made_by", sa.String(length=14), nullable=False),
        sa.Column("created_at", db.UtcDateTime, nullable=False),
        sa.CheckConstraint(
            "change IN ('created', 'merged', 'replaced', 'narrowed')", name=op.f("ck_grant_versions_change")
        ),
        sa.CheckConstraint("made_by IN ('client', 'resource_owner')", name=op.f("ck_grant_versions_made_by")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_grant_versions_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_grant_versions_grant_id_grants")),
        sa.PrimaryKeyConstraint("grant_id", "version", name=op.f("pk_grant_versions")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("grant_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grant_versions_customer_id"), ["customer_id"], unique=False)
    op.execute(_versions.insert().from_select(list(_versions.c), _those_there_are()))

    with op.batch_alter_table("requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("amends_id", sa.LargeBinary(length=16), nullable=True))
        batch_op.add_column(sa.Column("action", sa.String(length=8), nullable=True))
        batch_op.create_check_constraint(batch_op.f("ck_requests_action"), "action IN ('merge', 'replace')")

    with op.batch_alter_table("authorization_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("acr", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("max_age", sa.Integer(), nullable=True))
    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.add_column(sa.Column("jwks_uri", sa.String(length=2048), nullable=True))
    op.create_table(
        "fetched_keys",
        sa.Column("client_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("jwks", db.Json, nullable=False),
        sa.Column("fetched_at", db.UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_fetched_keys_client_id_clients")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_fetched_keys")),
    )
    for name in ("codes", "tokens"):
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.add_column(sa.Column("acr", sa.String(length=12), nullable=True))
            batch_op.add_column(sa.Column("auth_time", db.UtcDateTime, nullable=True))
        given = sa.table(name, sa.column("customer_id"), sa.column("acr"))
        op.execute(given.update().where(given.c.customer_id.is_not(None)).values(acr="before"))


def _those_there_are() -> sa.Select[tuple[object, ...]]:
    """Until now a permission was made once, and then only narrowed: by its customer, or by a newer choice of theirs."""
    first = _details.c.version == 1
    by_program = sa.and_(first, _requests.c.source != "again")
    rows = _details.join(_grants, _grants.c.id == _details.c.grant_id)
    return (
        sa.select(
            _details.c.grant_id,
            _details.c.version,
            _details.c.customer_id,
            sa.case((first, "created"), else_="narrowed"),
            sa.case((by_program, "client"), else_="resource_owner"),
            sa.func.min(_details.c.created_at),
        )
        .select_from(rows.join(_requests, _requests.c.id == _grants.c.request_id))
        .group_by(_details.c.grant_id, _details.c.version, _details.c.customer_id, _requests.c.source)
    )
