"""The browser's door: every page, as a list of blueprints."""

from flask import Blueprint, Flask

from catalog.errors import RuleError
from catalog.pages import (
    accounts,
    admin,
    admin_audit,
    admin_sources,
    admin_targets,
    admin_units,
    admin_users,
    datasets,
    desk,
    desk_anonymity,
    desk_entry,
    desk_fields,
    desk_form,
    desk_versions,
    developers,
    duties,
    entry,
    heads,
    home,
    keeper,
    keeper_form,
    laws,
    mosaic,
    negative_list,
    notices,
    openness,
    openness_changes,
    openness_map,
    openness_plan,
    openness_signals,
    openness_time,
    render,
    reports,
    requests,
    reviews,
    snapshots,
    standards,
    table,
    units,
)

PAGES: tuple[Blueprint, ...] = (
    home.blueprint,
    datasets.blueprint,
    entry.blueprint,
    table.blueprint,
    units.blueprint,
    openness.blueprint,
    openness_map.blueprint,
    openness_time.blueprint,
    openness_plan.blueprint,
    openness_signals.blueprint,
    openness_changes.blueprint,
    snapshots.blueprint,
    heads.blueprint,
    negative_list.blueprint,
    laws.blueprint,
    notices.blueprint,
    requests.blueprint,
    developers.blueprint,
    standards.blueprint,
    accounts.blueprint,
    duties.blueprint,
    reports.blueprint,
    desk.blueprint,
    desk_form.blueprint,
    desk_fields.blueprint,
    desk_entry.blueprint,
    desk_versions.blueprint,
    desk_anonymity.blueprint,
    reviews.blueprint,
    keeper.blueprint,
    keeper_form.blueprint,
    admin.blueprint,
    admin_units.blueprint,
    admin_users.blueprint,
    admin_sources.blueprint,
    admin_targets.blueprint,
    admin_audit.blueprint,
    mosaic.blueprint,
)


def register(app: Flask) -> None:
    """Open every page; a refusal in one becomes a page that says why."""
    render.install(app)
    door = Blueprint("pages", __name__)
    door.register_error_handler(RuleError, render.refused)
    for blueprint in PAGES:
        door.register_blueprint(blueprint)
    app.register_blueprint(door)
