"""CKAN's Action API, the read side (CKAN 2.11): ``/api/3/action/<name>`` and ``/api/action/<name>``.

Public data only, the same for everybody: no token is looked at. Refusals are spelled as CKAN does.
"""

import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

import orjson
from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from catalog import http
from catalog.api import ckan_catalogue as catalogue
from catalog.api import ckan_datastore as datastore
from catalog.api import ckan_dump
from catalog.api import ckan_others as others
from catalog.api.ckan_given import BadRequest, Given, Refused, needed, not_found, read, refusal
from catalog.errors import missing
from catalog.http.outward import site
from catalog.http.refusals import refusal_of, with_headers
from catalog.services import ckan

blueprint = Blueprint("ckan", __name__)
JSON: Final = "application/json;charset=utf-8"
ALLOWED: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, X-CKAN-API-Key",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
GRAPHS: Final = {"ttl": ".ttl", "rdf": ".rdf", "xml": ".rdf", "jsonld": ".jsonld"}
"""Endings that ckanext-dcat gives to the graph of a package -> ours."""
_CALLBACK: Final = re.compile(r"[A-Za-z_$][\w$.]{0,99}")
Action = Callable[[Session, Given], Any]


def help_show(_session: Session, given: Given) -> str:
    """Return what an action does."""
    name = needed(given, "name")
    if name not in ACTIONS:
        raise not_found("Action name not known")
    return (ACTIONS[name].__doc__ or "").strip()


ACTIONS: Final[dict[str, Action]] = {
    "package_list": catalogue.package_list,
    "package_show": catalogue.package_show,
    "package_search": catalogue.package_search,
    "current_package_list_with_resources": catalogue.current_package_list_with_resources,
    "resource_show": catalogue.resource_show,
    "resource_search": catalogue.resource_search,
    "package_autocomplete": catalogue.package_autocomplete,
    "package_activity_list": catalogue.package_activity_list,
    "recently_changed_packages_activity_list": catalogue.recently_changed_packages_activity_list,
    "organization_list": others.organization_list,
    "organization_show": others.organization_show,
    "organization_autocomplete": others.organization_autocomplete,
    "group_list": others.group_list,
    "group_show": others.group_show,
    "group_package_show": others.group_package_show,
    "group_autocomplete": others.group_autocomplete,
    "member_list": others.member_list,
    "tag_list": others.tag_list,
    "tag_show": others.tag_show,
    "tag_search": others.tag_search,
    "tag_autocomplete": others.tag_autocomplete,
    "format_autocomplete": others.format_autocomplete,
    "license_list": others.license_list,
    "status_show": others.status_show,
    "site_read": others.site_read,
    "help_show": help_show,
    "vocabulary_list": others.nothing,
    "vocabulary_show": others.vocabulary_show,
    "user_list": others.users,
    "user_show": others.users,
    "resource_view_list": others.nothing,
    "package_relationships_list": others.of_package,
    "dataset_follower_count": others.followers,
    "datastore_search": datastore.datastore_search,
    "datastore_info": datastore.datastore_info,
    "datastore_search_sql": datastore.datastore_search_sql,
}
"""Name -> what answers it; its first line is what ``help_show`` says."""

KEPT: Final = frozenset(
    {"package_list", "package_show", "package_search", "current_package_list_with_resources"}
)
"""Actions that look at nothing but what ``publications`` and the search index hold."""


def alike(view: Callable[..., Response]) -> Callable[..., Response]:
    """Mark a view that never asks who is there."""
    setattr(view, http.ALIKE, True)
    return view


@blueprint.route("/api/3/action/<name>/", methods=["GET", "POST"], strict_slashes=False)
@blueprint.route("/api/action/<name>/", methods=["GET", "POST"], strict_slashes=False)
@alike
def act(name: str) -> Response:
    """One action."""
    try:
        action = _action(name)
        given = read()
        callback = _callback(given)
        body = _answer(name, action, given)
    except BadRequest as error:
        return _sent(f"Bad request: {error}", 400)
    except Refused as error:
        return _refused(name, error)
    return _written(body, 200, callback)


def _answer(name: str, action: Action, given: Given) -> bytes:
    """The envelope with the result; made once for every state of the catalogue where it follows from
    that. What is refused is never kept."""

    def made() -> bytes:
        with http.reading() as session:
            result = action(session, given)
        return orjson.dumps({"help": _help(name), "success": True, "result": result})

    if name not in KEPT:
        return made()
    asked = orjson.dumps(given, option=orjson.OPT_SORT_KEYS)
    if b"NOW" in asked:  # a time of CKAN's queries, which is another one every second
        return made()
    state = (site(), ckan.latest(http.runtime().database), *http.state_now())
    return http.keep(("ckan", name, asked, *state), made)


def _action(name: str) -> Action:
    if name not in ACTIONS:
        raise BadRequest(f"Action name not known: {name[:100]}")
    return ACTIONS[name]


def _callback(given: Given) -> str:
    """The function that an old browser client wants called with the answer."""
    name = str(given.pop("callback", "")) if request.method == "GET" else ""
    if name and not _CALLBACK.fullmatch(name):
        raise BadRequest("the callback is no name of a function")
    return name


def _help(name: str) -> str:
    return f"{site().url}/api/3/action/help_show?name={quote(name)}"


def _refused(name: str, error: Refused) -> Response:
    return _sent({"help": _help(name), "success": False, "error": error.error}, error.status)


def _sent(value: Any, status: int) -> Response:
    return _written(orjson.dumps(value), status)


def _written(body: bytes, status: int, callback: str = "") -> Response:
    media_type = JSON
    if callback:
        body, media_type = callback.encode() + b"(" + body + b");", "application/javascript"
    if status == 200 and request.method in {"GET", "HEAD"}:
        return http.for_everybody(
            lambda: body, media_type=media_type, tag=http.tag_of(body), headers=ALLOWED
        )
    return Response(
        body, status, content_type=media_type, headers={**ALLOWED, "Cache-Control": "no-cache"}
    )


@blueprint.errorhandler(Exception)
def failed(error: Exception) -> Response:
    """What went wrong before or beside an action, in the same envelope."""
    name = str((request.view_args or {}).get("name", ""))
    if isinstance(error, Refused):
        return _refused(name, error)
    if isinstance(error, BadRequest):
        return _refused(name, Refused(400, "Bad Request", str(error)))
    found = refusal_of(error)
    return with_headers(_refused(name, refusal(found)), found)


@blueprint.after_request
def opened(response: Response) -> Response:
    """Let pages of other sites read it, without credentials."""
    response.headers.update(ALLOWED)
    return response


@blueprint.get("/api/", strict_slashes=False)
@blueprint.get("/api/<any('1', '2', '3'):_version>/", strict_slashes=False)
@alike
def version(_version: str = "3") -> Response:
    """Which version of the API is spoken."""
    return _sent({"version": 3}, 200)


@blueprint.get("/api/util/status")
@alike
def status() -> Response:
    """What the site is, without the envelope."""
    with http.reading() as session:
        return _sent(others.status_show(session, {}), 200)


@blueprint.get("/api/util/dataset/autocomplete")
@alike
def autocomplete() -> Response:
    """Datasets for a field that completes words."""
    with http.reading() as session:
        found = catalogue.package_autocomplete(session, read())
    return _sent({"ResultSet": {"Result": found}}, 200)


@blueprint.get("/dataset/<name>")
@blueprint.get(f"/dataset/<name>.<any({', '.join(GRAPHS)}):suffix>")
@alike
def page(name: str, suffix: str = "") -> Response:
    """The page of a package, or its graph: clients build these addresses themselves."""
    return _moved(name, "", GRAPHS.get(suffix, ""))


@blueprint.get("/catalog.xml")
@alike
def catalogue_graph() -> Response:
    """The catalogue as RDF/XML, by the name that CKAN's own extension for DCAT gives it."""
    tail = request.query_string.decode()
    return redirect(f"{site().url}/catalog.rdf{f'?{tail}' if tail else ''}", 303)


@blueprint.get("/dataset/<name>/resource/<identifier>")
@blueprint.get("/dataset/<name>/resource/<identifier>/download/<_file>")
@alike
def file(name: str, identifier: str, _file: str = "") -> Response:
    """The file of a resource."""
    return _moved(name, identifier.lower())


@blueprint.get("/datastore/dump/<identifier>")
@alike
def dump(identifier: str) -> Response:
    """All rows of a table as CSV, TSV, JSON or XML."""
    with http.reading() as session:
        return ckan_dump.dump(session, identifier, read())


def _moved(name: str, identifier: str, ending: str = "") -> Response:
    with http.reading() as session:
        try:
            package = catalogue.one_package(session, name)
        except Refused:
            raise missing("dataset") from None
        addresses = {one["id"]: one["url"] for one in package["resources"]}
    if identifier and identifier not in addresses:
        raise missing("resource")
    entry = f"{site().url}/datasets/{package['name']}{ending}"
    return redirect(addresses[identifier] if identifier else entry, 302)
