"""The browser's door: every page, as a list of blueprints."""

from flask import Blueprint, Flask

from catalog.errors import RuleError
from catalog.pages import (
    accounts,
    datasets,
    developers,
    entry,
    home,
    negative_list,
    notices,
    openness,
    render,
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
    negative_list.blueprint,
    notices.blueprint,
    developers.blueprint,
    accounts.blueprint,
)


def register(app: Flask) -> None:
    """Open every page; a refusal in one becomes a page that says why."""
    render.install(app)
    door = Blueprint("pages", __name__)
    door.register_error_handler(RuleError, render.refused)
    for blueprint in PAGES:
        door.register_blueprint(blueprint)
    app.register_blueprint(door)
