"""What an attacker writes and asks: shown as text, refused in words, never obeyed."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from lxml import html

from catalog.settings import Settings
from tests.common.stack import Stack, open_stack
from tests.conftest import NOW

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
FORMULA = '=HYPERLINK("http://evil.example","看")'
FIELD = '名"><svg onload=alert(3)>'


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, str, str]]:
    """A portal whose every free text is an attack; the slug of the entry and the id of its table."""
    folder = tmp_path_factory.mktemp("attacked")
    with open_stack(Settings(home=folder / "home"), NOW) as stack:
        path = folder / "table.csv"
        path.write_text(f'"{FIELD.replace(chr(34), chr(34) * 2)}",数值\n' + "".join(
            f'"{(EVIL if n % 2 else FORMULA).replace(chr(34), chr(34) * 2)}",{n}\n' for n in range(9)
        ))  # fmt: skip
        slug, resource = stack.entry(
            title=f"{FORMULA}{EVIL}", description=f"{EVIL} [x](javascript:alert(4))",
            keywords=["<b>标签</b>", "'><i>"], contact_name=EVIL, contact_phone=FORMULA,
            licence="<u>许可</u>",
        )  # fmt: skip
        stack.ok("PATCH", f"/api/v1/resources/{resource}", "lin", json={"title": EVIL},
                 headers={"If-Match": "*"})  # fmt: skip
        stack.deliver(resource, path, 'a";filename=evil.html.csv')
        stack.publish(slug)
        stack.ok("POST", "/api/v1/requests", status=201,
                 json={"kind": "data", "title": f"{FORMULA}{EVIL}", "text": EVIL})  # fmt: skip
        yield stack, slug, resource


def pages(slug: str) -> list[str]:
    column = quote(FIELD)
    return [
        "/", "/datasets", f"/datasets?q={quote(EVIL)}", f"/datasets?theme={quote(EVIL)}",
        f"/datasets/{slug}", f"/datasets/{slug}/table", f"/datasets/{slug}/table?{column}__eq={quote(EVIL)}",
        f"/datasets/{slug}/table?_group={column}", f"/datasets/{slug}/table?_sort={quote(EVIL)}",
        "/units", "/openness", "/openness/entries", "/openness/map", "/requests", "/requests/new",
        f"/login?next={quote('https://evil.example')}", f"/{quote(EVIL)}", "/developers", "/notices",
        f"/datasets?lang={quote(EVIL)}", f"/requests/new?dataset={quote(EVIL)}",
    ]  # fmt: skip


@pytest.mark.parametrize("who", ["", "lin", "admin"])
def test_no_text_becomes_part_of_a_page(attacked: tuple[Stack, str, str], who: str) -> None:
    stack, slug, _ = attacked
    found = []
    for path in [
        *pages(slug),
        *(("/desk", f"/desk/datasets/{slug}", "/admin/audit") if who else ()),
    ]:
        answer = stack.call("GET", path, who, headers={"Accept": "text/html"})
        assert answer.status_code < 500, path
        if not answer.content_type.startswith("text/html"):
            continue
        document = html.fromstring(answer.get_data(as_text=True))
        for one in document.iter():
            names = {str(name).lower() for name in one.attrib}
            if any(name.startswith("on") or name == "style" for name in names):
                found.append(f"{path}: {one.tag} with {sorted(names)}")
            if (
                one.tag == "script"
                and one.get("type") != "application/ld+json"
                and not one.get("src")
            ):
                found.append(f"{path}: a script in the page")
            for name in ("href", "src", "action", "formaction", "xlink:href"):
                value = (one.get(name) or "").strip().lower()
                if value.startswith(
                    ("javascript:", "data:text", "//", "http://evil", "https://evil")
                ):
                    found.append(f"{path}: {name}={value[:40]}")
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert found == []


def test_a_spreadsheet_runs_nothing_of_it(attacked: tuple[Stack, str, str]) -> None:
    stack, slug, _ = attacked
    for path in (
        f"/datasets/{slug}/table.csv?excel=1",
        "/datasets.csv",
        "/requests.csv",
        "/catalog.csv?bom=1",
    ):
        text = stack.call("GET", path, "admin").get_data(as_text=True)
        assert "HYPERLINK" in text, path
        assert not re.search(r'(?:^|[,\n\ufeff])"?=HYPERLINK', text), path
    for path in (f"/datasets/{slug}/table.xlsx", "/catalog.xlsx"):
        data = stack.call("GET", path).data
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            sheets = b"".join(book.read(name) for name in book.namelist() if "worksheets" in name)
        assert b"<f>" not in sheets
        assert b"<hyperlink" not in sheets


def test_a_file_name_is_no_header_and_no_path(attacked: tuple[Stack, str, str]) -> None:
    stack, slug, _ = attacked
    head = stack.call("GET", f"/datasets/{slug}/table.csv").headers["Content-Disposition"]
    assert re.fullmatch(
        r"attachment; filename=\"[^\"\\;\r\n]+\"; filename\*=UTF-8''[\w.%~-]+", head
    )
    with zipfile.ZipFile(io.BytesIO(stack.call("GET", f"/datasets/{slug}.zip").data)) as archive:
        assert all(re.fullmatch(r"datapackage\.json|data/[a-z0-9_-]+\.csv", name)
                   for name in archive.namelist())  # fmt: skip
    for name in (
        "../../etc/passwd",
        "..%2f..%2fcatalog.db",
        "%2e%2e/secret.key",
        "\\..\\secret.key",
    ):
        for room in ("/static", f"/datasets/{slug}", "/versions/" + "0" * 64, "/standards"):
            assert stack.call("GET", f"{room}/{name}").status_code in {400, 404}, (room, name)
    for name in ("../x", "a/b", "x\r\nSet-Cookie: a=b", "con.", ".."):
        made = stack.call("POST", f"/api/v1/datasets/{slug}/resources", "lin",
                          json={"name": name, "title": "表"})  # fmt: skip
        assert made.status_code == 422, name


@pytest.mark.parametrize(
    "onward",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example",
     "\\\\evil.example", "javascript:alert(1)", "/%0d%0aSet-Cookie:a=b", "https:/evil.example"],
)  # fmt: skip
def test_signing_in_leads_nowhere_else(attacked: tuple[Stack, str, str], onward: str) -> None:
    stack, _, _ = attacked
    form = {"name": "lin", "password": "lin-password", "next": onward}
    client = stack.client.application.test_client()
    answer = client.post("/login", data=form)
    assert answer.status_code == 303
    assert re.fullmatch(r"/(?![/\\])[ -~]*", answer.headers["Location"])
    assert answer.headers.getlist("Set-Cookie")
    assert not any("a=b" in cookie for cookie in answer.headers.getlist("Set-Cookie"))


def test_a_session_set_by_another_is_not_taken_over(attacked: tuple[Stack, str, str]) -> None:
    stack, _, _ = attacked
    client = stack.client.application.test_client()
    client.set_cookie("gk_session", "chosen-by-the-attacker")
    client.post("/login", data={"name": "wu", "password": "wu-password"})
    held = client.get_cookie("gk_session")
    assert held is not None
    assert held.value != "chosen-by-the-attacker"
    other = stack.client.application.test_client()
    other.set_cookie("gk_session", "chosen-by-the-attacker")
    assert other.get("/account").status_code == 303


def test_a_foreign_host_name_stands_in_no_answer(attacked: tuple[Stack, str, str]) -> None:
    stack, slug, _ = attacked
    for path in ("/", "/login", f"/datasets/{slug}", "/data.json", "/catalog.ttl", "/sitemap.xml", "/feed.atom",
                 "/api/v1/datasets?limit=1", "/oai?verb=Identify", "/api/3/action/package_list", "/desk"):  # fmt: skip
        answer = stack.call(
            "GET", path, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
        )
        said = answer.get_data(as_text=True) + str(answer.headers)
        assert "evil.example" not in said.replace("http://evil.example", ""), path


def test_a_bomb_handed_in_as_a_list_is_refused_and_the_portal_lives(
    attacked: tuple[Stack, str, str], tmp_path: Path
) -> None:
    stack, _, _ = attacked
    for name, data in bombs().items():
        form = {"list": "negative-list", "file": (io.BytesIO(data), name), "reason": "x"}
        answer = stack.call("POST", "/negative-list/import", "keeper", data=form)
        assert answer.status_code == 422, name
    assert stack.call("GET", "/").status_code == 200


def bombs() -> dict[str, bytes]:
    sheet = ('<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
             '{}</sheetData></worksheet>')  # fmt: skip
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    laughs = (
        '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "'
        + "&a;" * 99
        + '"><!ENTITY c "'
        + "&b;" * 99
        + '">]>'
    )
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return {
        "far.xlsx": _packed({"xl/workbook.xml": _WORKBOOK, "xl/_rels/workbook.xml.rels": _RELS,
                             "xl/worksheets/sheet1.xml": sheet.format(far)}),
        "laughs.xlsx": _packed({"xl/workbook.xml": _WORKBOOK, "xl/_rels/workbook.xml.rels": _RELS,
                                "xl/worksheets/sheet1.xml": laughs + sheet.format("&c;")}),
        "laughs.docx": _packed({"word/document.xml": f'{laughs}<w:document xmlns:w="{word}">&c;</w:document>'}),
        "wide.docx": _packed({"word/document.xml": " " * 80_000_000}),
    }  # fmt: skip


_WORKBOOK = ('<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://'
             'schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" '
             'r:id="rId1"/></sheets></workbook>')  # fmt: skip
_RELS = ('<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
         'Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
         'Target="worksheets/sheet1.xml"/></Relationships>')  # fmt: skip


def _packed(parts: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()
