"""What a join brings together is weighed by whom it harms."""

from datasets.mosaic import Links, TableSketch, linked_to, links
from datasets.mosaic.sketches import KeySketch

PEOPLE = tuple(range(100, 200))


def table(columns, *keys, rows=100):
    kinds = {name: kind for name, kind in columns.items() if kind}
    made = tuple(
        KeySketch(kind, names, len(hashes), tuple(sorted(hashes))) for kind, names, hashes in keys
    )
    return TableSketch(rows, tuple(columns), kinds, made)


def test_a_name_that_meets_a_home_address_is_grave():
    winners = {"姓名": "person", "手机": "phone", "奖项": ""}
    homes = {"电话": "phone", "住址": "address", "面积": ""}
    tables = {
        "获奖": table(winners, ("phone", ("手机",), PEOPLE), ("person", ("姓名",), PEOPLE)),
        "住户": table(homes, ("phone", ("电话",), PEOPLE[:50])),
    }
    [found] = links(tables).pairs
    assert (found.left, found.right, found.severity) == ("获奖", "住户", "high")
    assert found.together == ("person", "phone", "address")
    assert (found.link.left_share, found.link.right_share, found.link.matched) == (0.5, 1.0, 50)
    assert found.left_gains == ("住址", "面积")
    assert found.right_gains == ("姓名", "奖项")


def test_two_tables_that_name_the_same_people_make_a_portrait():
    born = table({"姓名": "person", "出生日期": "birth"}, ("person", ("姓名",), PEOPLE))
    homes = table({"姓名": "person", "住址": "address"}, ("person", ("姓名",), PEOPLE))
    [found] = links({"甲": born, "乙": homes}).pairs
    assert (found.severity, found.together) == ("high", ("person", "address", "birth"))


def test_what_one_table_says_already_is_nothing_new():
    tables = {
        "甲": table(
            {"姓名": "person", "住址": "address"}, ("person", ("姓名",), PEOPLE),
        ),
        "乙": table({"姓名": "person", "住址": "address", "备注": ""}, ("person", ("姓名",), PEOPLE)),
    }  # fmt: skip
    [found] = links(tables).pairs
    assert found.severity == "low"
    assert found.together == ()


def test_bodies_that_share_a_code_are_a_lesser_matter_unless_people_stand_there():
    firms = table({"信用代码": "credit-code", "行业": ""}, ("credit-code", ("信用代码",), PEOPLE))
    fined = table({"代码": "credit-code", "事由": "conduct"}, ("credit-code", ("代码",), PEOPLE))
    owners = table({"代码": "credit-code", "法人": "person"}, ("credit-code", ("代码",), PEOPLE))
    found = {
        (one.left, one.right): one.severity
        for one in links({"f": firms, "p": fined, "o": owners}).pairs
    }
    assert found == {("f", "p"): "low", ("f", "o"): "low", ("p", "o"): "medium"}


def test_a_table_without_names_is_found_out_by_birth_sex_and_district():
    combination = ("combination:district", ("出生日期", "性别", "区"), PEOPLE)
    patients = table({"出生日期": "birth", "性别": "", "区": "", "病种": "health"}, combination)
    voters = table({"姓名": "person", "出生日期": "birth", "性别": "", "区": ""}, combination)
    [found] = linked_to("病人", patients, {"选民": voters})
    assert (found.left, found.severity, found.together) == (
        "病人",
        "high",
        ("person", "birth", "health"),
    )


def test_tables_that_meet_by_accident_are_not_linked():
    one = table({"姓名": "person"}, ("person", ("姓名",), PEOPLE))
    few = table({"姓名": "person", "住址": "address"}, ("person", ("姓名",), (1, 2, 100, 101)))
    other = table({"电话": "phone", "住址": "address"}, ("phone", ("电话",), PEOPLE))
    assert links({"甲": one, "乙": few, "丙": other}).pairs == ()


def test_the_gravest_stands_first():
    phone = ("phone", ("电话",), PEOPLE)
    names = table({"姓名": "person", "电话": "phone"}, phone)
    homes = table({"电话": "phone", "住址": "address"}, phone)
    plain = table({"电话": "phone", "论文": ""}, phone)
    found = links({"甲": plain, "乙": names, "丙": homes}).pairs
    assert [one.severity for one in found] == ["high", "low", "low"]
    assert (found[0].left, found[0].right) == ("乙", "丙")


def test_when_the_time_is_up_the_report_says_so():
    phone = ("phone", ("电话",), PEOPLE)
    tables = {str(n): table({"电话": "phone", f"列{n}": ""}, phone) for n in range(4)}
    assert links(tables, seconds=-1) == Links((), complete=False)
    found = links(tables, seconds=60)
    assert (len(found.pairs), found.complete) == (6, True)
