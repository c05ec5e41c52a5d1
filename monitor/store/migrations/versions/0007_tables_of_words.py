"""tables of how common words are, and what a score was made with"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "word_table",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("day", "language", name=op.f("pk_word_table")),
    )
    op.add_column("hit", sa.Column("basis", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("hit", "basis")
    op.drop_table("word_table")
