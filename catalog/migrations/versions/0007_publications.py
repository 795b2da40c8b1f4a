"""publications"""

import sqlalchemy as sa
from alembic import op

import catalog.db

revision = "publications"
down_revision = "proof"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "publications",
        sa.Column("dataset_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("changed_at", catalog.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_publications_dataset_id_datasets")
        ),
        sa.PrimaryKeyConstraint("dataset_id", name=op.f("pk_publications")),
        sa.UniqueConstraint("number", name=op.f("uq_publications_number")),
    )
    op.create_index(op.f("ix_publications_changed_at"), "publications", ["changed_at"])
    op.create_table(
        "publication_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication_changes")),
    )
    op.execute("INSERT INTO publication_changes (dataset_id) SELECT id FROM datasets ORDER BY id")


def downgrade() -> None:
    op.drop_table("publication_changes")
    op.drop_index(op.f("ix_publications_changed_at"), table_name="publications")
    op.drop_table("publications")
