"""What nobody may know changes nothing that anybody sees: two worlds, one with drafts."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.settings import Settings
from tests.common.stack import OTHER_UNIT, Stack, open_stack
from tests.conftest import NOW

DOORS = (
    "/api/v1/datasets",
    "/api/v1/datasets?limit=1",
    "/api/v1/datasets?theme=社会保障",
    "/api/v1/datasets?state=draft",
    "/api/v1/datasets?q=行政处罚",
    "/api/v1/datasets?q=秘密",
    "/api/v1/datasets?q=秘密草稿在哪里&facets=all",
    "/api/v1/datasets?q=处罚 OR 秘密&facets=all",
    "/api/v1/datasets?q=处罚 -秘密",
    "/api/v1/datasets?facets=all",
    "/api/v1/datasets?q=处罚&facets=all&sort=modified",
    "/api/v1/datasets?format=csv&facets=unit,theme",
    "/api/v1/datasets?openness=unconditional&openness=conditional",
    "/api/v1/datasets?sort=modified&limit=1",
    "/api/v1/datasets/{slug}",
    "/api/v1/datasets/{slug}/resources",
    "/api/v1/units",
    "/api/v1/negative-list",
    "/api/v1/notices",
)
"""Doors that anybody may open. The openness rates are not among them: they count every entry."""

DROPPED = {"dataset", "slug", "id", "code", "current_version", "next", "created_at", "updated_at",
           "state_changed_at", "published_at", "files_url", "rows_url"}  # fmt: skip
"""Names that are minted at random or by the moment in each world."""


def _comparable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _comparable(part) for name, part in value.items() if name not in DROPPED}
    if isinstance(value, list):
        return [_comparable(part) for part in value]
    return value


def _publish_two(stack: Stack, folder: Path) -> str:
    path = folder / "powers.csv"
    path.write_text("序号,职权名称\n1,对虚假招聘的处罚\n")
    first = ""
    for title in ("行政处罚职权", "行政处罚结果"):
        stack.clock.now += timedelta(days=1)
        slug, resource = stack.entry(title=title)
        stack.deliver(resource, path, "powers.csv")
        stack.publish(slug)
        first = first or slug
    return first


def _add_drafts(stack: Stack) -> None:
    for n in range(5):
        stack.entry(title=f"行政处罚秘密草稿{n}", theme="公共安全")
        stack.entry("he", unit=OTHER_UNIT, title=f"秘密名册{n}", openness="conditional")
    stack.work()


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[tuple[Stack, str]]]:
    folder = tmp_path_factory.mktemp("worlds")
    with (
        open_stack(Settings(home=folder / "plain"), NOW) as plain,
        open_stack(Settings(home=folder / "drafts"), NOW) as drafts,
    ):
        _add_drafts(drafts)
        pairs = [(plain, _publish_two(plain, folder)), (drafts, _publish_two(drafts, folder))]
        _add_drafts(drafts)
        yield pairs


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("who", ["", "dev"])
def test_drafts_change_nothing_at_a_public_door(
    worlds: list[tuple[Stack, str]], door: str, who: str
) -> None:
    plain, with_drafts = (
        stack.call("GET", door.replace("{slug}", slug), who) for stack, slug in worlds
    )
    assert plain.status_code == with_drafts.status_code == 200
    one, other = _comparable(plain.get_json()), _comparable(with_drafts.get_json())
    if "q=" in door and "sort=" not in door:
        # Two entries that fit equally well have no order of their own.
        one, other = ({**body, "items": sorted(body["items"], key=str)} for body in (one, other))
    assert one == other
    assert "秘密" not in with_drafts.get_data(as_text=True).replace(door, "")


def test_the_editor_of_a_unit_finds_the_own_drafts_and_no_others(
    worlds: list[tuple[Stack, str]],
) -> None:
    _, (stack, _) = worlds
    found = stack.ok("GET", "/api/v1/datasets?q=秘密&limit=100", "lin")["items"]
    assert len(found) == 10
    assert all("草稿" in item["title"] for item in found)


def test_every_page_of_a_list_together_is_the_list(worlds: list[tuple[Stack, str]]) -> None:
    _, (stack, _) = worlds
    for start in ("/api/v1/datasets?limit=3", "/api/v1/datasets?limit=3&sort=modified"):
        slugs: list[str] = []
        address = start
        while address:
            answer = stack.call("GET", address, "lin")
            slugs += [item["slug"] for item in answer.get_json()["items"]]
            link = answer.headers.get("Link", "")
            address = link.partition(">")[0].removeprefix("<http://127.0.0.1:8000")
        assert len(slugs) == 12
        assert len(set(slugs)) == 12


def test_the_bytes_of_a_delivery_are_no_door(
    worlds: list[tuple[Stack, str]], tmp_path: Path
) -> None:
    _, (stack, _) = worlds
    path = tmp_path / "secret.csv"
    path.write_text("a,b\n1,2\n")
    _, resource = stack.entry(title="又一草稿")
    version = stack.deliver(resource, path, "secret.csv")
    for name in ("secret.csv", "table.csv"):
        for who in ("", "he", "lin"):
            answer = stack.call("GET", f"/versions/{version['sha256']}/{name}", who)
            assert answer.status_code == 404
    blobs = [artefact["sha256"] for artefact in version["artefacts"].values()]
    assert all(
        stack.call("GET", f"/versions/{sha256}/table.csv").status_code == 404 for sha256 in blobs
    )
