"""The Model Context Protocol over HTTP: ``/mcp`` (modelcontextprotocol.io, revisions 2024-11-05 to
2026-07-28, streamable HTTP).

Each request is answered on its own with JSON: there are no sessions and no streams, so any process of
the portal can answer any request. Earlier revisions begin with ``initialize``, the last with
``server/discover``; the tools are the same (``mcp_tools``).
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from flask import Blueprint, request
from werkzeug.wrappers import Response

from catalog import http
from catalog.api import mcp_tools
from catalog.api.answers import plain
from catalog.errors import RuleError
from catalog.http.refusals import refusal_of
from catalog.http.strict import parse_json
from schemas.records import Message

blueprint = Blueprint("mcp", __name__)

HANDSHAKES = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
STATELESS = ("2026-07-28",)
VERSIONS = (*HANDSHAKES, *STATELESS)
VERSION_KEY = "io.modelcontextprotocol/protocolVersion"

PARSE_ERROR, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS = -32700, -32600, -32601, -32602
INTERNAL_ERROR, HEADER_MISMATCH, UNSUPPORTED_VERSION = -32603, -32020, -32022
STATUS = {NO_METHOD: 404, INTERNAL_ERROR: 500}
"""HTTP status of an error of the protocol in the stateless revision; 400 for the others."""

FRESH_MILLISECONDS = 3_600_000


class ProtocolError(Exception):
    """A message that is not a request of this protocol, or one that is not known here."""

    def __init__(self, code: int, said: str, data: Any = None) -> None:
        super().__init__(said)
        self.code, self.said, self.data = code, said, data


@blueprint.post("/mcp")
def message() -> Response:
    """One message: a request gets its result, a notification gets 202."""
    identifier: Any = None
    stateless = request.headers.get("MCP-Protocol-Version") in STATELESS
    try:
        given = _read()
        if "id" not in given:
            return Response(status=202)
        identifier = given["id"]
        _check_version(given)
        result = METHODS[_method(given)](_params(given))
    except ProtocolError as error:
        failure = {"code": error.code, "message": error.said}
        if error.data is not None:
            failure["data"] = error.data
        modern = stateless or error.code in {UNSUPPORTED_VERSION, HEADER_MISMATCH, PARSE_ERROR}
        status = STATUS.get(error.code, 400) if modern else 200
        return plain({"jsonrpc": "2.0", "id": identifier, "error": failure}, status)
    return plain({"jsonrpc": "2.0", "id": identifier, "result": result})


@blueprint.route("/mcp", methods=["GET", "DELETE"])
def streams() -> Response:
    """No stream is opened and no session ended here: there are none."""
    return Response(status=405, headers={"Allow": "POST"})


def _read() -> Mapping[str, Any]:
    try:
        given = parse_json(request.get_data())
    except RuleError as error:
        raise ProtocolError(PARSE_ERROR, http.say(error.cause)) from None
    if not isinstance(given, Mapping) or given.get("jsonrpc") != "2.0":
        raise ProtocolError(INVALID_REQUEST, "Send one JSON-RPC 2.0 message.")
    if "id" in given and (isinstance(given["id"], bool) or not isinstance(given["id"], int | str)):
        raise ProtocolError(INVALID_REQUEST, "The id must be text or a whole number.")
    return given


def _check_version(given: Mapping[str, Any]) -> None:
    """The revision a request names must be known, and its header must say what its body says."""
    asked = request.headers.get("MCP-Protocol-Version", "")
    if asked and asked not in VERSIONS:
        raise ProtocolError(
            UNSUPPORTED_VERSION,
            "This revision of the protocol is not spoken here.",
            {"supported": list(VERSIONS), "requested": asked[:40]},
        )
    if asked not in STATELESS:
        return
    params = given.get("params")
    meta = params.get("_meta", {}) if isinstance(params, Mapping) else {}
    said = {
        "MCP-Protocol-Version": meta.get(VERSION_KEY, asked)
        if isinstance(meta, Mapping)
        else asked,
        "Mcp-Method": given.get("method"),
        "Mcp-Name": params.get("name") if isinstance(params, Mapping) else None,
    }
    for header, body in said.items():
        if header in request.headers and body is not None and request.headers[header] != body:
            raise ProtocolError(HEADER_MISMATCH, f"{header} does not say what the message says.")


def _method(given: Mapping[str, Any]) -> str:
    method = given.get("method")
    if not isinstance(method, str):
        raise ProtocolError(INVALID_REQUEST, "The message names no method.")
    if method not in METHODS:
        raise ProtocolError(NO_METHOD, "This method is not known here.")
    return method


def _params(given: Mapping[str, Any]) -> Mapping[str, Any]:
    params = given.get("params", {})
    if not isinstance(params, Mapping):
        raise ProtocolError(INVALID_PARAMS, "params must be an object.")
    return params


def _initialize(params: Mapping[str, Any]) -> dict[str, Any]:
    asked = params.get("protocolVersion")
    version = asked if asked in HANDSHAKES else HANDSHAKES[-1]
    return {"protocolVersion": version, **_about()}


def _discover(_params: Mapping[str, Any]) -> dict[str, Any]:
    return {"supportedVersions": list(VERSIONS), **_about(), **_lasting()}


def _about() -> dict[str, Any]:
    limits = http.runtime().settings
    words = Message(
        "Open data of this portal, and what is not open and why. Public data only. Begin with search, "
        "read an entry with describe, then ask its tables with query or fetch. A query ends after "
        "%(seconds)s seconds and answers at most %(rows)d rows; give the address of an entry as the "
        "source of what you take from it.",
        {"seconds": f"{limits.sql_seconds:g}", "rows": limits.sql_rows},
    )
    return {
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "gongkai", "title": limits.site_name, "version": "1.0"},
        "instructions": http.say(words),
    }


def _lasting() -> dict[str, Any]:
    """What the stateless revision wants to know of an answer that is the same for everybody."""
    return {"resultType": "complete", "ttlMs": FRESH_MILLISECONDS, "cacheScope": "public"}


def _list(_params: Mapping[str, Any]) -> dict[str, Any]:
    tools = [
        {
            "name": name,
            "title": tool.title,
            "description": tool.description,
            "inputSchema": tool.schema,
            "annotations": {"readOnlyHint": True, "openWorldHint": False},
        }
        for name, tool in mcp_tools.TOOLS.items()
    ]
    return {"tools": tools, **_lasting()}


def _call(params: Mapping[str, Any]) -> dict[str, Any]:
    """Run a tool; what it refuses is told to the model, which can ask better."""
    name, arguments = params.get("name"), params.get("arguments", {})
    if (
        not isinstance(name, str)
        or name not in mcp_tools.TOOLS
        or not isinstance(arguments, Mapping)
    ):
        raise ProtocolError(
            INVALID_PARAMS, "There is no such tool, or its arguments are no object."
        )
    try:
        value = mcp_tools.call(name, arguments)
    except RuleError as error:
        return {**_said(_refusal(error)), "isError": True}
    except Exception as error:  # noqa: BLE001  (logged there, told by number)
        return {**_said(_refusal(refusal_of(error))), "isError": True}
    text = orjson.dumps(value, default=str).decode()
    return {**_said(text), "structuredContent": orjson.loads(text), "isError": False}


def _said(text: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": text}], "resultType": "complete"}


def _refusal(error: RuleError) -> str:
    sentences = [error.cause, *[one for told in error.fields.values() for one in told]]
    if error.remedy is not None:
        sentences.append(error.remedy)
    return " ".join(dict.fromkeys(http.say(sentence) for sentence in sentences))


METHODS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "initialize": _initialize,
    "server/discover": _discover,
    "ping": lambda _: {},
    "tools/list": _list,
    "tools/call": _call,
}
"""Method -> what answers it."""
