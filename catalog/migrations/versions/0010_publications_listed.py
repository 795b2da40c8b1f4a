"""publications listed"""

from alembic import op

revision = "publications_listed"
down_revision = "duties"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_publications_listed", "publications", ["ended", "dataset_id"])


def downgrade() -> None:
    op.drop_index("ix_publications_listed", table_name="publications")
