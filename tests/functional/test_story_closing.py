"""What is closed later is closed everywhere: in the files published before it, too."""

from pathlib import Path

from sqlalchemy import select

from catalog.models import PublishedFile
from tests.common.browser import Browser
from tests.common.portal import EXTENSIONS, extensions, item
from tests.common.stack import Stack

NUMBERS = ("62001", "62002")
OPEN = [{"name": "名称", "openness": "unconditional"}]


def close_extensions(stack: Stack, slug: str, number: str) -> None:
    closed = [*OPEN, {"name": "分机", "openness": "withheld", "withheld_by": [number]}]
    stack.ok("PATCH", f"/api/v1/datasets/{slug}", "lin", json={"fields": closed})
    stack.work()


def addresses(stack: Stack) -> list[str]:
    """Every address of a file that was ever published."""
    with stack.runtime.database.read() as session:
        return [
            f"/versions/{one.sha256}/{one.file_name}"
            for one in session.scalars(select(PublishedFile).order_by(PublishedFile.id))
        ]


def test_a_column_closed_later_is_in_no_file_under_any_address(
    stack: Stack, tmp_path: Path
) -> None:
    number = item(stack)
    slug, resource = extensions(stack, tmp_path)
    before = addresses(stack)
    assert {one.rpartition(".")[2] for one in before} >= {
        "csv",
        "json",
        "ndjson",
        "xlsx",
        "parquet",
    }
    assert {stack.call("GET", one).status_code for one in before} == {200}

    close_extensions(stack, slug, number)
    assert {stack.call("GET", one).status_code for one in before} == {410}  # suspended
    stack.publish(slug)
    for one in before:
        for who in ("", "lin", "wu", "admin"):
            refusal = stack.call("GET", one, who)
            assert refusal.status_code == 410, one
            assert refusal.get_json()["code"] == "holds-closed-columns"
        assert number in refusal.get_json()["detail"]
        assert stack.call("HEAD", one).status_code == 410
        assert stack.call("GET", one, headers={"Range": "bytes=0-9"}).status_code == 410
    after = [one for one in addresses(stack) if one not in before]
    assert {stack.call("GET", one).status_code for one in after} == {200}

    file = tmp_path / "table.csv"
    file.write_text(EXTENSIONS + "丙所,62003\n", encoding="utf-8")
    stack.deliver(resource, file, file.name)
    stack.publish(slug)
    doors = [
        f"/datasets/{slug}", f"/datasets/{slug}?tab=versions", f"/datasets/{slug}?tab=preview",
        f"/datasets/{slug}/table", f"/datasets/{slug}.ttl", f"/datasets/{slug}/datapackage.json",
        f"/datasets/{slug}?tab=versions&table=table&to=2",
        f"/api/v1/resources/{resource}/differences", f"/api/v1/resources/{resource}/rows",
        f"/api/v1/resources/{resource}/files",
        f"/api/3/action/package_show?id={slug}",
        f"/api/3/action/datastore_search?resource_id={resource}",
        *(f"/datasets/{slug}/table.{suffix}" for suffix in ("csv", "json", "ndjson")),
    ]  # fmt: skip
    for door in doors:
        answer = stack.call("GET", door)
        assert answer.status_code == 200, door
        assert not any(value in answer.get_data(as_text=True) for value in NUMBERS), door
        for one in before:
            assert one not in answer.get_data(as_text=True), door
    asked = {"sql": f'select * from "{slug}/table"'}
    assert not any(
        value in stack.call("POST", "/api/v1/query", json=asked).get_data(as_text=True)
        for value in NUMBERS
    )


def test_the_page_of_versions_says_why_an_old_one_is_gone(stack: Stack, tmp_path: Path) -> None:
    number = item(stack)
    slug, resource = extensions(stack, tmp_path)
    close_extensions(stack, slug, number)
    file = tmp_path / "table.csv"
    file.write_text("名称,分机\n丙所,62003\n", encoding="utf-8")
    stack.deliver(resource, file, file.name)
    stack.publish(slug)
    visitor = Browser(stack.client.application.test_client())
    visitor.open(f"/datasets/{slug}?tab=versions")
    assert "No longer public: 分机 closed since." in visitor.text
    (link,) = set(visitor.links(r"/versions/[0-9a-f]{64}/table\.csv"))
    assert stack.call("GET", link).get_data(as_text=True).split() == ["名称", "丙所"]


def test_taking_a_closed_field_off_the_list_opens_no_old_file(
    embedded: Stack, tmp_path: Path
) -> None:
    number = item(embedded)
    slug, resource = extensions(embedded, tmp_path)
    before = addresses(embedded)
    close_extensions(embedded, slug, number)
    file = tmp_path / "table.csv"
    file.write_text("名称\n丙所\n", encoding="utf-8")
    embedded.ok("PATCH", f"/api/v1/datasets/{slug}", "lin", json={"fields": OPEN})
    embedded.deliver(resource, file, file.name)
    embedded.publish(slug)
    assert {embedded.call("GET", one).status_code for one in before} == {410}


def test_a_file_without_the_closed_column_keeps_its_address(
    embedded: Stack, tmp_path: Path
) -> None:
    number = item(embedded)
    slug, resource = extensions(embedded, tmp_path)
    close_extensions(embedded, slug, number)
    embedded.publish(slug)
    held = [one for one in addresses(embedded) if embedded.call("GET", one).status_code == 200]
    file = tmp_path / "table.csv"
    file.write_text("名称,分机\n丙所,62003\n", encoding="utf-8")
    embedded.deliver(resource, file, file.name)
    embedded.publish(slug)
    assert held
    assert {embedded.call("GET", one).status_code for one in held} == {200}
