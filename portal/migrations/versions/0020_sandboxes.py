"""A sandbox for each company, and the people who are made up for it."""

import sqlalchemy as sa
from alembic import op

from portal.kernel import db

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sandboxes",
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("of", sa.LargeBinary(length=16), nullable=False),
        sa.Column("passed", sa.BigInteger(), nullable=False),
        sa.Column("made_at", db.UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["of"], ["vendors.id"], name=op.f("fk_sandboxes_of_vendors")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_sandboxes_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("vendor_id", name=op.f("pk_sandboxes")),
        sa.UniqueConstraint("of", name=op.f("uq_sandboxes_of")),
    )
    op.create_table(
        "sandbox_customers",
        sa.Column("customer_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("vendor_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("account_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("made_at", db.UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sandbox_customers_account_id_accounts")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_sandbox_customers_customer_id_customers")),
        sa.ForeignKeyConstraint(["vendor_id"], ["sandboxes.vendor_id"], name=op.f("fk_sandbox_customers_vendor_id_sandboxes")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_sandbox_customers")),
    )
    with op.batch_alter_table("sandbox_customers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sandbox_customers_vendor_id"), ["vendor_id"], unique=False)
