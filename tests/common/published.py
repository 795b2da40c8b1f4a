"""Made-up published entries for the tests of outgoing standards: every member filled, and none."""

from dataclasses import replace
from datetime import UTC, date, datetime

from schemas.published import (
    Closing,
    PublishedEntry,
    PublishedFile,
    PublishedTable,
    Publisher,
    Site,
)

BASE = "https://data.example.org"
SITE = Site(BASE, "公开", "全市数据资源目录", "某市人民政府")
_MOMENT = datetime(2026, 3, 5, 8, 30, tzinfo=UTC)

TABLE = PublishedTable(
    id="0" * 32,
    name="powers",
    title="职权清单",
    description="逐项职权",
    page=f"{BASE}/datasets/qu-zhi-quan/powers",
    rows=120,
    modified=_MOMENT,
    files=tuple(
        PublishedFile(
            suffix, media, f"{BASE}/datasets/qu-zhi-quan/powers.{suffix}", 1000, digit * 64
        )
        for suffix, media, digit in (
            ("csv", "text/csv", "a"),
            ("json", "application/json", "b"),
            ("parquet", "application/vnd.apache.parquet", "c"),
        )
    ),
    table_schema={
        "fields": [
            {"name": "序号", "type": "integer", "title": "序号"},
            {"name": "职权名称", "type": "string", "description": "全称"},
            {"name": "生效日期", "type": "date"},
            {"name": "金额", "type": "number"},
            {"name": "有效", "type": "boolean"},
        ],
        "missingValues": [""],
        "primaryKey": ["序号"],
    },
    number=2,
)
FULL = PublishedEntry(
    url=f"{BASE}/datasets/qu-zhi-quan",
    slug="qu-zhi-quan",
    code="310000-000001",
    title="行政处罚职权",
    description="区人力社保局的行政处罚职权清单，含依据与流程。",
    publisher=Publisher(
        "11110000000021610G",
        "市人力资源和社会保障局",
        f"{BASE}/units/11110000000021610G",
        "department",
    ),
    state="published",
    openness="unconditional",
    update_cycle="yearly",
    created_at=_MOMENT,
    published_at=_MOMENT,
    changed_at=_MOMENT,
    theme="社会保障",
    keywords=("处罚", "权力 清单"),
    region="110000",
    temporal_start=date(2024, 1, 1),
    temporal_end=date(2025, 12, 31),
    issued=date(2025, 1, 5),
    modified=date(2026, 3, 1),
    licence="gongkai-open-1.0",
    contact_name="信息科",
    contact_phone="010-12345678 转 8",
    contact_email="data@example.org",
    release=2,
    closings=(Closing("3.2", "举报人信息", "15-2", f"{BASE}/negative-list#item-3.2", "举报人"),),
    tables=(TABLE,),
)
BARE = PublishedEntry(
    url=f"{BASE}/datasets/shuang-feng",
    slug="shuang-feng",
    code="310000-000002",
    title="双随机抽查底稿",
    description="",
    publisher=FULL.publisher,
    state="published",
    openness="withheld",
    update_cycle="irregular",
    created_at=_MOMENT,
    published_at=_MOMENT,
    changed_at=_MOMENT,
    closings=(Closing("2.1", "执法案卷", "16-3", f"{BASE}/negative-list#item-2.1"),),
)
LINKED = replace(
    FULL,
    url=f"{BASE}/datasets/lian-jie",
    slug="lian-jie",
    code="310000-000003",
    openness="conditional",
    mode="approval",
    condition="签订数据利用协议",
    licence="本单位许可条款",
    closings=(),
    tables=(
        replace(
            TABLE, files=(), rows=None, modified=None, table_schema={}, number=0,
            link="https://old.example.org/数据 文件.xls", link_format="XLS",
        ),
    ),
)  # fmt: skip
EVERY = (FULL, BARE, LINKED)
