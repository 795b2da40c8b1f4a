"""A small portal with an entry of every kind, for the tests of what leaves it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.common.stack import OTHER_UNIT, UNIT, Stack

TABLE = "序号,职权名称,实施日期,金额,有效\n" + "".join(
    f"{n},对违法行为{n}的处罚,2024-01-{n:02d},{n}.5,{'true' if n % 2 else 'false'}\n"
    for n in range(1, 25)
)
NAMES = "机构名称,地址\n甲中心,演示路1号\n乙中心,演示路2号\n"
SECRET = "秘密"
"""Stands in the title of every entry that nobody outside may know of."""
BASE = "http://127.0.0.1:8000"
"""The address that a portal calls its own unless it is told another."""
LISTED = ("open", "partly", "closed", "conditional", "suspension")
"""Entries of the small portal that are in the catalogue."""
ENDED = ("withdrawal", "retirement")
"""Those that were in it and are told as gone."""
EXTENSIONS = "名称,分机\n甲所,62001\n乙所,62002\n"
ITEM = {
    "name": "个人住址", "category": "个人隐私", "ground": "15-2", "scope": {},
    "public_wording": "能够识别自然人的住址", "internal_wording": "仅内部可见的说明",
    "circumstances": ["自然人的住址"], "review_by": "2027-11-01",
    "citations": ["《中华人民共和国政府信息公开条例》第十五条"],
}  # fmt: skip


@dataclass(frozen=True)
class Portal:
    """The stack and the slugs of its entries."""

    stack: Stack
    slugs: dict[str, str]

    def get(self, path: str, who: str = "", **headers: str) -> Any:
        """A GET; names of entries in braces stand for their slugs."""
        return self.stack.call("GET", path.format(**self.slugs), who, headers=headers)


def item(stack: Stack) -> str:
    made = stack.ok(
        "POST", "/api/v1/negative-list/adjustments", "keeper", status=201,
        json={"reason": "测试", "changes": [{"kind": "add", "item": ITEM}]},
    )  # fmt: skip
    stack.ok("POST", f"/api/v1/negative-list/adjustments/{made['id']}/approval", "admin", json={})
    return str(stack.ok("GET", "/api/v1/negative-list")["items"][-1]["number"])


def published(stack: Stack, file: Path, **values: Any) -> str:
    """A published entry with one table."""
    slug, resource = stack.entry(**values)
    stack.deliver(resource, file, file.name)
    stack.publish(slug)
    return slug


def extensions(stack: Stack, folder: Path, **values: Any) -> tuple[str, str]:
    """A published entry of names and telephone extensions: (slug, resource)."""
    file = folder / "table.csv"
    file.write_text(EXTENSIONS, encoding="utf-8")
    slug, resource = stack.entry(title="机构分机", **values)
    stack.deliver(resource, file, file.name)
    stack.publish(slug)
    return slug, resource


def closed(stack: Stack, title: str, number: str) -> str:
    """A published entry without a table, closed by an item."""
    slug = stack.ok(
        "POST", "/api/v1/datasets", "lin", status=201,
        json={"unit": UNIT, "title": title, "description": "姓名与住址", "theme": "社会保障",
              "openness": "withheld", "withheld_by": [number]},
    )["slug"]  # fmt: skip
    stack.publish(slug)
    return str(slug)


def settle(stack: Stack, folder: Path) -> Portal:
    """Fill the portal through its own doors."""
    table, names = folder / "powers.csv", folder / "names.csv"
    table.write_text(TABLE)
    names.write_text(NAMES)
    number = item(stack)
    full = {
        "title": "行政处罚职权",
        "licence": "gongkai-open-1.0",
        "keywords": ["处罚", "权力清单"],
        "region": "310000",
        "temporal_start": "2024-01-01",
        "temporal_end": "2025-12-31",
        "contact_name": "信息科",
        "contact_phone": "010-12345678",
        "contact_email": "data@example.org",
    }
    slugs = {"open": published(stack, table, **full)}
    slug, resource = stack.entry(title="机构名录", licence="CC-BY-4.0")
    stack.deliver(resource, names, "names.csv")
    fields = [
        {"name": "机构名称", "openness": "unconditional"},
        {"name": "地址", "openness": "withheld", "withheld_by": [number]},
    ]
    stack.ok("PATCH", f"/api/v1/datasets/{slug}", "lin", json={"fields": fields})
    stack.work()
    stack.publish(slug)
    slugs["partly"] = slug
    slugs["closed"] = closed(stack, "低保对象名单", number)
    slugs["conditional"] = published(
        stack, table, title="企业参保明细", openness="conditional", conditional_mode="approval",
        open_condition="签订数据利用协议",
    )  # fmt: skip
    for state in ("suspension", "withdrawal", "retirement"):
        slugs[state] = closed(stack, f"旧清单{state}", number)
        who = "admin" if state == "retirement" else "lin"
        stack.ok(
            "POST", f"/api/v1/datasets/{slugs[state]}/{state}", who, json={"reason": "数据有误"}
        )
    slugs["draft"], _ = stack.entry(title=f"{SECRET}草稿")
    slugs["other"], _ = stack.entry("he", unit=OTHER_UNIT, title=f"{SECRET}名册")
    stack.work()
    return Portal(stack, slugs)
