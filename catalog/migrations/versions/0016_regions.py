"""names of administrative divisions, as the city enters them"""

import sqlalchemy as sa
from alembic import op

revision = "regions"
down_revision = "map_of_units_and_themes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "regions",
        sa.Column("code", sa.String(12), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_regions")),
    )


def downgrade() -> None:
    op.drop_table("regions")
