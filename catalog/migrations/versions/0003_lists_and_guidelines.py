"""lists and guidelines"""

import sqlalchemy as sa
from alembic import op

import catalog.db

revision = "lists"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guidelines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guidelines")),
        sa.UniqueConstraint("slug", name=op.f("uq_guidelines_slug")),
    )
    op.create_table(
        "guideline_editions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guideline_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.String(length=500), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("changes", sa.String(), nullable=False),
        sa.Column("schemas", sa.JSON(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("drafted_by", sa.Integer(), nullable=False),
        sa.Column("drafted_by_name", sa.String(length=64), nullable=False),
        sa.Column("drafted_at", catalog.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("published_by_name", sa.String(length=64), nullable=False),
        sa.Column("published_at", catalog.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["drafted_by"], ["users.id"], name=op.f("fk_guideline_editions_drafted_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["guideline_id"],
            ["guidelines.id"],
            name=op.f("fk_guideline_editions_guideline_id_guidelines"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guideline_editions")),
        sa.UniqueConstraint(
            "guideline_id", "number", name=op.f("uq_guideline_editions_guideline_id_number")
        ),
    )
    op.create_table(
        "law_replacements",
        sa.Column("law_id", sa.Integer(), nullable=False),
        sa.Column("replaced_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["law_id"], ["laws.id"], name=op.f("fk_law_replacements_law_id_laws")
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by_id"], ["laws.id"], name=op.f("fk_law_replacements_replaced_by_id_laws")
        ),
        sa.PrimaryKeyConstraint("law_id", name=op.f("pk_law_replacements")),
    )
    op.create_table(
        "article_successions",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("successor_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_article_successions_article_id_articles")
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"],
            ["articles.id"],
            name=op.f("fk_article_successions_successor_id_articles"),
        ),
        sa.PrimaryKeyConstraint("article_id", "successor_id", name=op.f("pk_article_successions")),
    )
    op.create_table(
        "item_exceptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=200), nullable=False),
        sa.Column("item_number", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("given_by", sa.String(length=200), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("drafted_by", sa.Integer(), nullable=False),
        sa.Column("drafted_by_name", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", catalog.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by_name", sa.String(length=64), nullable=False),
        sa.Column("confirmed_at", catalog.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", catalog.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by_name", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_item_exceptions_dataset_id_datasets")
        ),
        sa.ForeignKeyConstraint(
            ["drafted_by"], ["users.id"], name=op.f("fk_item_exceptions_drafted_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_exceptions")),
    )
    op.create_index(
        "ix_item_exceptions_dataset", "item_exceptions", ["dataset_id", "item_number"], unique=False
    )

    op.create_table(
        "list_tasks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("item_number", sa.String(length=20), nullable=False),
        sa.Column("adjustment_id", sa.String(length=32), nullable=True),
        sa.Column("opened_at", catalog.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("settled_at", catalog.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["adjustment_id"],
            ["adjustments.id"],
            name=op.f("fk_list_tasks_adjustment_id_adjustments"),
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_list_tasks_dataset_id_datasets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_tasks")),
    )
    op.create_index("ix_list_tasks_open", "list_tasks", ["settled_at", "dataset_id"], unique=False)

    op.add_column(
        "adjustments", sa.Column("base_edition", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column(
        "adjustments",
        sa.Column("policy", sa.String(length=12), nullable=False, server_default="review"),
    )

    op.add_column(
        "exemption_items", sa.Column("details", sa.JSON(), nullable=False, server_default="{}")
    )
    op.add_column(
        "exemption_items",
        sa.Column("secrecy", sa.String(length=12), nullable=False, server_default=""),
    )
    op.add_column("exemption_items", sa.Column("declassify_on", sa.Date(), nullable=True))
    op.add_column(
        "exemption_items",
        sa.Column("declassify_when", sa.String(), nullable=False, server_default=""),
    )

    op.add_column(
        "law_versions",
        sa.Column("source", sa.String(length=300), nullable=False, server_default=""),
    )


def downgrade() -> None:
    op.drop_column("law_versions", "source")

    op.drop_column("exemption_items", "declassify_when")
    op.drop_column("exemption_items", "declassify_on")
    op.drop_column("exemption_items", "secrecy")
    op.drop_column("exemption_items", "details")

    op.drop_column("adjustments", "policy")
    op.drop_column("adjustments", "base_edition")

    op.drop_index("ix_list_tasks_open", table_name="list_tasks")

    op.drop_table("list_tasks")
    op.drop_index("ix_item_exceptions_dataset", table_name="item_exceptions")

    op.drop_table("item_exceptions")
    op.drop_table("article_successions")
    op.drop_table("law_replacements")
    op.drop_table("guideline_editions")
    op.drop_table("guidelines")
