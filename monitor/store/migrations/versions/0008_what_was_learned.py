"""what verdicts on hits say of words, and words of which nothing is to be learned"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "learned",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("provision", sa.String(), nullable=False),
        sa.Column("verdicts", sa.Integer(), nullable=False),
        sa.Column("base", sa.Float(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("day", "provision", name=op.f("pk_learned")),
    )
    op.create_table(
        "forgotten",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("provision", sa.String(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_forgotten")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("forgotten")
    op.drop_table("learned")
