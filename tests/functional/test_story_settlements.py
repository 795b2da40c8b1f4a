"""What was decided about personal data holds through repairs, other tables and the next delivery."""

from pathlib import Path
from typing import Any

from tests.common.browser import Browser
from tests.common.stack import Stack
from tests.common.ugly_files import csv_bytes

HOMES = ["海淀区苏州街12号院3单元501室", "朝阳区望京街8号2号楼402室", "西城区百万庄大街22号楼3单元"]
PHONES = ["13800138000", "13900139000", "13700137000"]
NAMES = ["王小明", "李四", "赵敏"]


def table(header: list[str], *columns: list[str]) -> bytes:
    return csv_bytes([header, *(list(row) for row in zip(*columns, strict=True))])


def send(stack: Stack, resource: str, folder: Path, data: bytes) -> dict[str, Any]:
    path = folder / "名单.csv"
    path.write_bytes(data)
    return stack.deliver(resource, path, "名单.csv")


def settle(stack: Stack, version: dict[str, Any], finding: str, action: str, **given: str) -> Any:
    address = f"/api/v1/versions/{version['id']}"
    asked = [{"finding": finding, "action": action, **given}]
    stack.ok("POST", f"{address}/settlements", "lin", json=asked)
    stack.work()
    return stack.ok("GET", address, "lin")


def found(version: dict[str, Any], detector: str) -> dict[str, Any]:
    (one,) = [finding for finding in version["findings"] if finding["detector"] == detector]
    return dict(one)


def text(stack: Stack, slug: str) -> str:
    answer = stack.call("GET", f"/datasets/{slug}/table.csv")
    assert answer.status_code == 200
    return str(answer.data.decode("utf-8-sig"))


def test_an_address_settled_before_the_header_was_mended_is_not_published(
    embedded: Stack, tmp_path: Path
) -> None:
    slug, resource = embedded.entry(title="救助对象名单")
    version = send(embedded, resource, tmp_path, table(["姓名*", "家庭住址*"], NAMES, HOMES))
    lin = Browser(embedded.client.application.test_client())
    lin.sign_in("lin")
    page = f"/desk/versions/{version['id']}"
    lin.open(page)
    lin.send(f"{page}/settlements", **{f"action-{found(version, 'address')['id']}": "drop"})
    embedded.work()
    lin.open(page)
    lin.send(f"{page}/repairs", accept="header-marks:姓名、家庭住址")
    embedded.work()
    lin.open(page)
    assert "Drop the column" in lin.text
    after = embedded.ok("GET", f"/api/v1/versions/{version['id']}", "lin")
    assert found(after, "address")["settled"] == "drop"
    embedded.publish(slug)
    assert "家庭住址" not in text(embedded, slug)
    assert not [home for home in HOMES if home in text(embedded, slug)]


def test_next_months_delivery_is_settled_as_this_months_wherever_the_columns_stand(
    stack: Stack, tmp_path: Path
) -> None:
    slug, resource = stack.entry(title="救助对象名单")
    january = send(
        stack, resource, tmp_path, table(["序号", "住址", "电话"], [*"123"], HOMES, PHONES)
    )
    settle(stack, january, found(january, "address")["id"], "drop")
    settle(stack, january, found(january, "mobile")["id"], "mask")
    stack.publish(slug)
    data = table(["电话", "序号", "住址"], PHONES[::-1], [*"456"], HOMES[::-1])
    february = send(stack, resource, tmp_path, data)
    assert found(february, "address")["settled"] == "drop"
    assert found(february, "mobile")["settled"] == "mask"
    stack.publish(slug)
    assert text(stack, slug).splitlines()[:2] == ["电话,序号", "1*********0,4"]
    march = send(
        stack, resource, tmp_path, table(["电话", "序号", "住址"], ["无"], ["7"], ["不详"])
    )
    assert found(march, "address")["settled"] == "drop"
    stack.publish(slug)
    assert text(stack, slug).splitlines() == ["电话,序号", "无,7"]


def test_a_decision_whose_column_is_gone_shuts_the_gate_until_it_is_taken_back(
    embedded: Stack, tmp_path: Path
) -> None:
    slug, resource = embedded.entry(title="救助对象名单")
    january = send(embedded, resource, tmp_path, table(["姓名", "家庭住址"], NAMES, HOMES))
    settle(embedded, january, found(january, "address")["id"], "drop")
    embedded.publish(slug)
    february = send(embedded, resource, tmp_path, table(["姓名", "住的地方"], NAMES, HOMES))
    assert february["artefacts"] == {}
    (lost,) = [one for one in february["findings"] if one["severity"] == "high"]
    assert (lost["field"], lost["settled"], lost["actions"]) == ("家庭住址", "", ["withdraw"])
    refused = embedded.call("POST", f"/api/v1/datasets/{slug}/submissions", "lin")
    assert "decisions-lost" in [reason["code"] for reason in refused.get_json()["reasons"]]
    assert refused.status_code == 409
    (home,) = [one for one in february["findings"] if one["field"] == "住的地方"]
    settle(embedded, february, home["id"], "drop")
    lin = Browser(embedded.client.application.test_client())
    lin.sign_in("lin")
    page = f"/desk/versions/{february['id']}"
    lin.open(page)
    assert "fits no column of this table any more" in lin.text
    lin.send(f"{page}/settlements", **{f"action-{lost['id']}": "withdraw"})
    embedded.work()
    lin.open(page)
    assert "fits no column" not in lin.text
    lin.send(f"{page}/schema", confirm="1")
    embedded.work()
    embedded.publish(slug)
    assert text(embedded, slug).splitlines() == ["姓名", *NAMES]


def test_a_second_person_consents_again_to_what_the_next_delivery_keeps(
    embedded: Stack, tmp_path: Path
) -> None:
    slug, resource = embedded.entry(title="热线名录")
    january = send(embedded, resource, tmp_path, table(["名称", "电话"], [*"甲乙丙"], PHONES))
    phone = found(january, "mobile")["id"]
    settle(embedded, january, phone, "keep", ground="依法公开的服务电话")
    consents = f"/api/v1/versions/{january['id']}/consents"
    embedded.ok("POST", consents, "wu", json={"finding": phone}, status=202)
    embedded.work()
    embedded.publish(slug)
    february = send(embedded, resource, tmp_path, table(["电话", "名称"], PHONES, [*"丁戊己"]))
    kept = found(february, "mobile")
    assert (kept["settled"], kept["ground"], kept["consent"]) == (
        "keep",
        "依法公开的服务电话",
        False,
    )
    assert february["artefacts"] == {}
    assert embedded.call("POST", f"/api/v1/datasets/{slug}/submissions", "lin").status_code == 409
    consents = f"/api/v1/versions/{february['id']}/consents"
    embedded.ok("POST", consents, "wu", json={"finding": kept["id"]}, status=202)
    embedded.work()
    embedded.publish(slug)
    assert PHONES[0] in text(embedded, slug)
    march = send(embedded, resource, tmp_path, table(["名称"], [*"庚辛壬"]))
    assert march["findings"] == []
    assert "热线" not in str(embedded.call("GET", "/reviews", "wu").data)


def test_a_decision_can_be_taken_back(embedded: Stack, tmp_path: Path) -> None:
    _, resource = embedded.entry()
    version = send(embedded, resource, tmp_path, table(["姓名", "家庭住址"], NAMES, HOMES))
    home = found(version, "address")
    assert "withdraw" not in home["actions"]
    settled = settle(embedded, version, home["id"], "drop")
    assert found(settled, "address")["actions"][-1] == "withdraw"
    again = settle(embedded, version, home["id"], "withdraw")
    assert found(again, "address")["settled"] == ""
    assert again["preview"][0] == ["姓名", "家庭住址"]
    refused = embedded.call(
        "POST", f"/api/v1/versions/{version['id']}/settlements", "lin",
        json=[{"finding": home["id"], "action": "withdraw"}],
    )  # fmt: skip
    assert refused.status_code == 422
