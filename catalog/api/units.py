"""The roster: ``/units``."""

from typing import Any

from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import one, page, plain, whole
from catalog.api.doors import PREFIX, Door
from catalog.services import regions, units
from schemas.paging import page_of
from schemas.units import RegionIn, RegionOut, UnitIn, UnitListArgs, UnitOut, UnitPatch

door = Door("units", "Public bodies on the roster")


@door.get("/units", answers=page_of(UnitOut), query=UnitListArgs)
def listing(query: dict[str, Any]) -> Response:
    """Units of the roster in the order of their codes"""
    with http.reading() as session:
        return page(units.page(session, **query), UnitOut, limit=query["limit"])


@door.post("/units", answers=UnitOut, body=UnitIn)
def add(body: dict[str, Any]) -> Response:
    """Put a unit on the roster"""
    with http.transaction() as session:
        unit = units.add(session, http.actor(), body, now=http.now())
        return one(
            UnitOut, unit, status=201, version=unit.version,
            location=f"{PREFIX}/units/{unit.code}",
        )  # fmt: skip


@door.get("/units/<code>", answers=UnitOut)
def show(code: str) -> Response:
    """A unit"""
    with http.reading() as session:
        unit = units.get(session, code)
        return one(UnitOut, unit, version=unit.version)


@door.patch("/units/<code>", answers=UnitOut, body=UnitPatch)
def amend(body: dict[str, Any], code: str) -> Response:
    """Change a unit"""
    with http.transaction() as session:
        unit = units.amend(
            session, http.actor(), code, body, expected=http.expected(), now=http.now()
        )
        return one(UnitOut, unit, version=unit.version)


@door.get("/regions", answers=page_of(RegionOut))
def places() -> Response:
    """Administrative divisions that units belong to, with their names"""
    with http.reading() as session:
        rows = [{"code": code, "name": name} for code, name in regions.listed(session)]
        return whole(rows, RegionOut)


@door.put("/regions/<code>", answers=RegionOut, body=RegionIn)
def name_place(body: dict[str, Any], code: str) -> Response:
    """Name a division; with an empty name forget what was entered"""
    with http.transaction() as session:
        regions.enter(session, http.actor(), code, body["name"], now=http.now())
        return plain({"code": code, "name": regions.names(session).get(code, "")})
