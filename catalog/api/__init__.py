"""The native API under ``/api/v1``: the literal list of its doors, and their description."""

from http import HTTPStatus

from flask import Blueprint, Flask
from flask_smorest import Api  # type: ignore[import-untyped]

from catalog.api import (
    accounts,
    audit,
    catalogue,
    ckan,
    corrections,
    datasets,
    descriptions,
    differences,
    documentation,
    downloads,
    feeds,
    guides,
    harvesting,
    jobs,
    laws,
    list_work,
    lists,
    mcp,
    mosaic,
    negative_list,
    notices,
    oai,
    openness,
    openness_changes,
    openness_plan,
    openness_signals,
    quality,
    requests,
    resources,
    reviews,
    rows,
    snapshots,
    sql,
    standards,
    units,
    versions,
)
from catalog.api.doors import PREFIX, Door
from catalog.wording import PROBLEM_TYPE
from schemas.paging import ProblemOut

DOORS: tuple[Door, ...] = (
    units.door,
    datasets.door,
    quality.door,
    resources.door,
    versions.door,
    reviews.door,
    negative_list.door,
    laws.door,
    list_work.door,
    lists.door,
    guides.door,
    notices.door,
    requests.door,
    openness.door,
    openness_plan.door,
    corrections.door,
    openness_signals.door,
    openness_changes.door,
    snapshots.door,
    rows.door,
    differences.door,
    sql.door,
    standards.door,
    harvesting.door,
    jobs.door,
    accounts.door,
    mosaic.door,
    audit.door,
)

OPEN_DOORS: tuple[Blueprint, ...] = (
    documentation.blueprint,
    downloads.blueprint,
    catalogue.blueprint,
    descriptions.blueprint,
    feeds.blueprint,
    oai.blueprint,
    ckan.blueprint,
    mcp.blueprint,
)
"""Doors outside ``/api/v1``: files, and other people's standards."""

VERSION = "1.0"


class _Described(Api):  # type: ignore[misc]
    """The description only: refusals are answered in ``catalog.web`` for every door alike."""

    ERROR_SCHEMA = ProblemOut

    def _register_error_handlers(self) -> None:
        return

    def _register_responses(self) -> None:
        problem = {
            "description": "A problem document (RFC 9457)",
            "content": {PROBLEM_TYPE: {"schema": self.ERROR_SCHEMA}},
        }
        for status in HTTPStatus:
            self.spec.components.response(
                status.name, {**problem, "description": status.phrase}, lazy=True
            )
        self.spec.components.response("DEFAULT_ERROR", problem, lazy=True)

    def register_door(self, door: Door) -> None:
        """Open a door; its tag carries the door's name, not the blueprint's."""
        self._app.register_blueprint(door.blueprint)
        door.blueprint.register_views_in_doc(
            self, self._app, self.spec, name=door.blueprint.name, parameters=None
        )
        self.spec.tag({"name": door.tag, "description": door.description})


def register(app: Flask) -> None:
    """Open every door of the API and its description."""
    app.config |= {
        "API_TITLE": "Gongkai",
        "API_VERSION": VERSION,
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": PREFIX,
        "OPENAPI_JSON_PATH": "openapi.json",
        "API_SPEC_OPTIONS": {
            "info": {
                "description": "Directory of everything units hold, the data that is open, the "
                "negative list and the openness rates. Errors are problem documents (RFC 9457).",
            },
            "security": [{"bearer": []}, {}],
        },
    }
    api = _Described(app)
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    for door in DOORS:
        api.register_door(door)
    for blueprint in OPEN_DOORS:
        app.register_blueprint(blueprint)
    app.extensions[documentation.DESCRIPTION] = api.spec
