"""stems of the archive's words, so that a rule's inflections are looked up and not worked out"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    letters = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    op.create_table(
        "stem",
        sa.Column("stem", letters, nullable=False),
        sa.Column("text", letters, nullable=False),
        sa.PrimaryKeyConstraint("stem", "text", name=op.f("pk_stem")),
        sqlite_with_rowid=False,
    )
    op.add_column("word", sa.Column("stemmed", sa.String(), nullable=False, server_default=""))
    op.create_index(op.f("ix_word_stemmed"), "word", ["stemmed"])


def downgrade() -> None:
    op.drop_index(op.f("ix_word_stemmed"), table_name="word")
    with op.batch_alter_table("word") as batch:
        batch.drop_column("stemmed")
    op.drop_table("stem")
