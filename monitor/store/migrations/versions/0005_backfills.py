"""how far the archive was gone through for each provision

For the rules that are in force nothing is to be done: they matched what came.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "backfill",
        sa.Column("provision", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("upto", sa.Integer(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["provision"], ["provision.key"], name=op.f("fk_backfill_provision_provision")
        ),
        sa.PrimaryKeyConstraint("provision", name=op.f("pk_backfill")),
    )
    op.execute(
        "INSERT INTO backfill SELECT key, rules_version, 0, 0, 0, 0, since, since FROM provision"
    )


def downgrade() -> None:
    op.drop_table("backfill")
