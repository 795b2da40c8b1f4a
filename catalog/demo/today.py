"""What waits on the desks of the made-up city today."""

from datetime import datetime, timedelta

from catalog.demo import tables
from catalog.demo.play import REVIEW_DAYS, Player, agree, code, deliver, work
from catalog.services import calendars, directory, entry_lists, fields, publishing, reviews


def play(player: Player, start: datetime) -> None:
    """What waits on the desks today: a review, a delivery with defects, one with personal data."""
    player.now = start - timedelta(hours=2)
    _waiting_review(player)
    _ugly_delivery(player)
    _stopped_delivery(player)
    work(player.runtime)
    with player.as_("clerk") as (clerk, session):
        page = entry_lists.page(
            session, clerk, entry_lists.Filters(unit=code(3), state="published"), limit=1
        )
        publishing.withdraw(
            session,
            clerk,
            page.items[0]["slug"],
            reason="数据有误，核对后重新发布（演示）",
            now=player.clock(),
        )


def _entry(player: Player, title: str, description: str) -> str:
    given = {
        "unit": code(0), "title": title, "description": description, "theme": "社会保障",
        "openness": "unconditional", "update_cycle": "yearly", "licence": "gongkai-open-1.0",
    }  # fmt: skip
    with player.as_("editor") as (editor, session):
        return directory.create(session, editor, given, now=player.clock()).slug


def _waiting_review(player: Player) -> None:
    slug = _entry(
        player, "职业技能培训机构名录", "经备案的培训机构名称、代码和地址，每年核对。演示数据。"
    )
    name, body = tables.make("institutions", "职业技能培训", 2)
    version = deliver(player, slug, "institutions", (name, body), "editor")
    work(player.runtime)
    agree(player, version, "editor")
    work(player.runtime)
    with player.as_("editor") as (editor, session):
        dataset = directory.get(session, editor, slug)
        closing = [
            {
                "name": field.name,
                "openness": "withheld" if field.name == "地址" else "unconditional",
                "withheld_by": ["NL-002"] if field.name == "地址" else [],
            }
            for field in dataset.fields
        ]
        fields.set_fields(session, editor, slug, closing, expected=None, now=player.clock())
    work(player.runtime)
    with player.as_("editor") as (editor, session):
        reviews.submit(
            session, editor, slug, note="请审查（演示）", now=player.clock(),
            calendar=calendars.load(session), review_days=REVIEW_DAYS,
        )  # fmt: skip


def _ugly_delivery(player: Player) -> None:
    slug = _entry(player, "劳动保障监察年度统计", "按年汇总的监察案件数量和金额。演示数据。")
    name, body = tables.make("statistics", "劳动保障监察", 5)
    deliver(player, slug, "statistics", (name, body), "editor")


def _stopped_delivery(player: Player) -> None:
    slug = _entry(player, "个体经营者社会保险登记名录", "登记名称、代码和经营地址。演示数据。")
    file = ("个体经营者名录.csv", tables.with_identity_numbers())
    deliver(player, slug, "register", file, "editor")
