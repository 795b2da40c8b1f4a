"""links by item"""

from alembic import op

revision = "links_by_item"
down_revision = "publication_points"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_exemption_links_item", "exemption_links", ["item_number", "superseded_at"])


def downgrade() -> None:
    op.drop_index("ix_exemption_links_item", table_name="exemption_links")
