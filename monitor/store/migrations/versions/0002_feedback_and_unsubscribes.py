"""feedback and unsubscribes"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("provision", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("rules_version", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["item.id"], name=op.f("fk_feedback_item_item")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_feedback")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_feedback_provision"), "feedback", ["provision"])
    op.create_index(op.f("ix_feedback_item_provision"), "feedback", ["item", "provision"])
    op.create_table(
        "unsubscribe",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("subscription", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_unsubscribe")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_unsubscribe_subscription"), "unsubscribe", ["subscription"])


def downgrade() -> None:
    op.drop_table("unsubscribe")
    op.drop_table("feedback")
