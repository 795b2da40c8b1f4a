"""The words that travel with every bundle: what it holds, how it was counted, how to check it."""

from typing import Final

RECIPE: Final = """\
import base64, csv, hashlib, io, json, sys, zipfile
def need(fine, *what):
    if not fine:
        sys.exit("ALTERED: " + " ".join(map(str, what)))
def check(bundle):
    manifest = json.loads(bundle.read("manifest.json"))
    names = [one["name"] for one in manifest["files"]] + ["manifest.json", "manifest.sig"]
    need(bundle.namelist() == names, "files were added, removed or moved:", *bundle.namelist())
    for one in manifest["files"]:
        found = hashlib.sha256(bundle.read(one["name"])).hexdigest()
        need(found == one["sha256"], one["name"], "is not the file that the manifest names")
    def rows(name):
        return csv.DictReader(io.StringIO(bundle.read(name).decode("utf-8-sig"), newline=""))
    units = {row["code"]: row for row in rows("units.csv")}
    counts, opened, checked = {}, set(), set()
    def add(scope, key, figure, n, d):
        pair = counts.setdefault((scope, key, figure), [0, 0])
        counts[scope, key, figure] = [pair[0] + n, pair[1] + d]
    for row in rows("entries.csv"):
        is_open, kind, n = row["class"] in ("open", "conditional"), row["kind"], int(row["entries"])
        stood, due = row["verified"] == "yes", n if row["due"] == "yes" else 0
        groups = [("theme", row["theme"])] if kind != "unit-sum" else []
        if kind != "theme-sum":
            region = units[row["unit"]]["region"]
            groups += [("platform", ""), ("unit", row["unit"]), ("region", region)]
            opened |= {row["unit"]} if is_open else set()
            checked |= {row["unit"]} if stood else set()
        sizes = {"all": (n, n), "due": (due, due), "volume": (int(row["records"]),) * 2}
        sizes["field"] = int(row["fields_open"]), int(row["fields_total"])
        for scope, key in groups:
            for basis, (part, whole) in sizes.items():
                add(scope, key, "data_rate." + basis, part * is_open, whole)
                add(scope, key, "verified_data_rate." + basis, part * stood, whole)
            for one in ("open", "conditional", "withheld", "uncovered", "unpublished", "unassessed"):
                add(scope, key, "class." + one, n * (row["class"] == one), n)
    for code, unit in units.items():
        if unit["on_roster"] == "yes":
            groups = [("unit", code, ""), ("region", unit["region"], ""), ("platform", "", ".all")]
            groups += [("platform", "", ".certified")] if unit["certified_empty"] == "no" else []
            groups += [("platform", "", ".departments")] if unit["kind"] == "department" else []
            for scope, key, tail in groups:
                add(scope, key, "unit_rate" + tail, code in opened, 1)
                add(scope, key, "verified_unit_rate" + tail, code in checked, 1)
    stated = {}
    for row in rows("figures.csv"):
        place, n, d = (row["scope"], row["key"], row["figure"]), int(row["n"]), int(row["d"])
        stated[place], again = [n, d], counts.get(place, [0, 0])
        need(again == [n, d], *place, "is stated as", n, "/", d, "but the entries give", *again)
        cut = "%d.%02d" % divmod(n * 10000 // d, 100) if d else ""
        need(row["percent"] == cut, *place, "is stated as", row["percent"], "percent, not", cut)
    need(not set(counts) - set(stated), "figures are missing:", *(set(counts) - set(stated)))
    same = json.loads(bundle.read("figures.json")).items()
    same = {(a, b, c): pair for a, some in same for b, each in some.items() for c, pair in each.items()}
    need(same == stated, "figures.json does not say what figures.csv says")
    key = base64.b64decode(b"".join(bundle.read("public-key.pem").splitlines()[1:-1]))[-32:]
    print(len(stated), "figures recomputed and found equal.", "Period", manifest["period"]["name"])
    print("SHA-256 of the key, to be compared with the portal's:", hashlib.sha256(key).hexdigest())
try:
    check(zipfile.ZipFile(sys.argv[1]))
except Exception as error:
    sys.exit("ALTERED, or not a bundle: " + repr(error))
"""
"""Needs the bundle and Python alone."""

README: Final = """\
公开 · 开放率快照 / Gongkai: a frozen openness result
=====================================================

时期 Period: {period}    统计日 Counted for: {as_of}    口径 Definition: {definition}
快照 Snapshot: {id}      地址 Address: {address}

内容 / What is in it
--------------------
units.csv       统计日在册单位 / the units of that day
entries.csv     构成各项数字的目录条目及其分类 / the entries that make the figures, each with its class
edition.json    当日有效的负面清单 / the edition of the negative list in force that day
figures.csv     各项数字 / the figures (also as figures.json)
difference.csv  与原快照的差异（仅限更正快照）/ what a restatement changed
manifest.json   各文件的 SHA-256 / the hash of every file
manifest.sig    manifest.json 的 Ed25519 签名 / its signature; public-key.pem 公钥 / the key

公众不可见的条目不逐条列出，只按单位、按主题分别合计（kind 为 unit-sum、theme-sum），合计内容与公开的
数字相同。Entries that the public may not know of are not listed; they appear as sums by unit and by theme,
which tell what the public figures tell and no more.

口径 / How it is counted
------------------------
单位开放率 = 有开放数据（open、conditional）的在册单位 / 在册单位。
unit rate = units on the roster with an open entry / units on the roster
  certified: 不含经认定无可开放数据的单位 / without units certified to hold nothing to open
  departments: 仅行政机关 / government departments only
数据开放率 = 开放条目 / 基数；基数 all 为全部条目，due 为 due=yes 的条目，field 为信息项数，volume 为记录数。
data rate = open entries / base; bases: all entries, those due, fields, records
以 verified_ 开头的只计通过全部检查的开放条目（文件有效且可获取、机器可读、有使用条款、未逾期）。
verified_ figures count only open entries that stood every check; the column failed names those not stood.
百分比截取两位小数，不四舍五入。Percentages are cut to two decimals, never rounded up.

核验 / How to check it
----------------------
公钥（signing-key.pem）和下面的程序（check-bundle.py）请从门户下载，不要用包内的：{portal}
Take the key and the recipe from the portal, for an altered bundle may hold altered ones: {portal}
1. 一条命令 / one command:
   gongkai verify-snapshot FILE --key signing-key.pem --period {period}
2. 只用 openssl 验签（先解包）/ the signature with openssl alone, the bundle being unpacked:
   openssl pkeyutl -verify -pubin -inkey signing-key.pem -rawin -in manifest.json -sigfile manifest.sig
3. 只用 Python 重算 / everything but the signature with Python alone:
   python check-bundle.py FILE
   相符时退出码为 0，否则为 1 并说明何处不符。 Exit 0 when all agrees; else 1, and it says where not.

{recipe}"""
