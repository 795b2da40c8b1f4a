"""datasets listed"""

from alembic import op

revision = "datasets_listed"
down_revision = "links_by_item"
branch_labels = None
depends_on = None


def upgrade() -> None:
    columns = ["state", "published_at", "unit_id", "theme", "openness", "modified"]
    op.create_index("ix_datasets_listed", "datasets", columns)


def downgrade() -> None:
    op.drop_index("ix_datasets_listed", table_name="datasets")
