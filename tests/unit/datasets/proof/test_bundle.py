"""Bundles of frozen results: the same bytes each time, recomputed by anybody, every altered byte found."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets import proof
from datasets.proof import bundle as bundles
from datasets.proof.lines import Line, UnitLine
from datasets.proof.tally import CLASSES, PLATFORM, Tally, differences, percent

KEY = proof.signer(bytes(range(32)))
OTHER = proof.signer(bytes(32))
HEADER = {
    "id": "0" * 32, "period": {"name": "2026Q3", "from": "2026-07-01", "to": "2026-09-30"},
    "as_of": "2026-09-30", "known_at": "2026-11-23T02:00:00+00:00", "definition": "2026.1",
    "address": "https://data.example/openness/snapshots/0",
}  # fmt: skip
UNITS = {
    "A": UnitLine("A", "市民政局", "department", "990100", "", True, False),
    "B": UnitLine("B", "市图书馆", "institution", "990101", "A", True, True),
    "C": UnitLine("C", "已撤销的局", "department", "", "", False, False),
}
CONTENT = [{"number": "NL-001", "name": "个人隐私"}]
EDITION = {
    "number": 2, "effective_on": "2026-01-01", "content": CONTENT,
    "sha256": bundles.sha256(bundles.canonical(CONTENT)).hexdigest(),
}  # fmt: skip


def line(code: str, unit: str, klass: str, **values: object) -> Line:
    given: dict = {
        "kind": "entry", "code": code, "title": f"条目“{code}”，带,逗号", "unit": unit, "theme": "社会保障",
        "state": "published", "openness": "unconditional", "klass": klass, "due": klass != "withheld",
        "not_due": "", "items": ("NL-001",) if klass == "withheld" else (), "entries": 1,
        "verified": klass == "open", "failed": ("answers",) if klass == "conditional" else (),
        "fields_total": 4, "fields_open": 3, "records": 10, **values,
    }  # fmt: skip
    return Line(**given)


LINES = [
    line("301/1", "A", "open"),
    line("301/2", "A", "withheld"),
    line("301/3", "C", "conditional", theme=""),
    line("", "A", "unassessed", kind="unit-sum", title="", theme="", entries=3),
    line("", "", "unassessed", kind="theme-sum", title="", theme="社会保障", entries=3),
]


def write(path: Path, lines: list[Line] | None = None, key: proof.Signer = KEY) -> proof.Bundle:
    asked = proof.Asked(HEADER, UNITS, lambda: LINES if lines is None else lines, EDITION)
    return proof.write_bundle(asked, key, path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "snapshot.zip"
    write(path)
    return path


def repacked(whole: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The bundle with other contents, packed as ours are."""
    with ZipFile(whole) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    change(held)
    folder = target.with_suffix(".d")
    folder.mkdir()
    for name, body in held.items():
        (folder / name).write_bytes(body)
    bundles.pack(folder, list(held), target)
    return target


def said(verdict: proof.Verdict) -> str:
    return "\n".join(f"{one.place}: {one.message.text}" for one in verdict.troubles)


def test_an_untouched_bundle_is_good_and_every_figure_is_recomputed(whole: Path) -> None:
    found = proof.verify(whole, key=proof.pem_of(KEY.public))
    assert found.good, said(found)
    assert found.entries == 6
    assert found.figures == sum(
        1 for _ in bundles.flat(write(whole.with_name("again.zip")).figures)
    )
    assert found.fingerprint == proof.fingerprint(KEY.public)


def test_the_figures_are_those_of_the_definition(whole: Path) -> None:
    figures = write(whole.with_name("b.zip")).figures
    platform = figures[PLATFORM][""]
    assert platform["data_rate.all"] == (2, 6)
    assert platform["data_rate.due"] == (2, 5)
    assert platform["data_rate.field"] == (6, 16)
    assert platform["unit_rate.all"] == (1, 2)
    assert platform["unit_rate.certified"] == (1, 1)
    assert platform["unit_rate.departments"] == (1, 1)
    assert platform["verified_data_rate.all"] == (1, 6)
    assert platform["verified_data_rate.field"] == (3, 16)
    assert platform["verified_unit_rate.all"] == (1, 2)
    assert figures["region"]["990101"]["unit_rate"] == (0, 1)
    assert figures["unit"]["C"]["unit_rate"] == (0, 0)
    assert figures["unit"]["B"]["data_rate.all"] == (0, 0)
    assert figures["theme"][""]["data_rate.all"] == (1, 1)
    assert figures["theme"]["社会保障"]["data_rate.all"] == (1, 5)
    assert figures["region"]["990100"]["class.unassessed"] == (3, 5)


def test_the_same_values_give_the_same_bytes(whole: Path) -> None:
    again = whole.with_name("again.zip")
    write(again)
    assert again.read_bytes() == whole.read_bytes()


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program as the portal hands it out; the README of a bundle has the same."""
    path = tmp_path_factory.mktemp("recipe") / "check-bundle.py"
    path.write_text(proof.RECIPE, encoding="utf-8")
    return path


def run(recipe: Path, bundle: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", recipe, bundle], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_the_recipe_of_the_bundle_recomputes_it_with_python_alone(
    whole: Path, recipe: Path
) -> None:
    with ZipFile(whole) as archive:
        readme = archive.read("README.txt").decode()
    assert readme[readme.index("import base64") :] == proof.RECIPE
    assert "https://data.example/openness\n" in readme
    code, said = run(recipe, whole)
    assert code == 0, said
    assert said.startswith(f"{proof.verify(whole).figures} figures recomputed")
    assert "2026Q3" in said
    assert proof.fingerprint(KEY.public) in said


def moved(held: dict[str, bytes]) -> None:
    held["units.csv"] = held.pop("units.csv")


def signed_anew(held: dict[str, bytes], tmp_path: Path) -> None:
    """The manifest and the signature of what is there now: an altered bundle of whoever has the key."""
    manifest = json.loads(held["manifest.json"])
    for one in manifest["files"]:
        (tmp_path / "file").write_bytes(held[one["name"]])
        one.update(bundles.hashes(tmp_path / "file"))
    held["manifest.json"] = bundles.canonical(manifest)
    held["manifest.sig"] = KEY.sign(held["manifest.json"])


def replaced(held: dict[str, bytes], name: str, before: bytes, after: bytes) -> None:
    assert before in held[name]
    held[name] = held[name].replace(before, after, 1)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda held: replaced(held, "entries.csv", b"conditional", b"unassessed!"), "entries.csv is not"),
        (lambda held: replaced(held, "units.csv", b"department", b"institution"), "units.csv is not"),
        (lambda held: replaced(held, "README.txt", b"2026Q3", b"2026Q4"), "README.txt is not"),
        (lambda held: replaced(held, "manifest.json", b'"files"', b'"filez"'), "KeyError"),
        (lambda held: held.pop("edition.json"), "added, removed or moved"),
        (lambda held: held.pop("manifest.sig"), "added, removed or moved"),
        (lambda held: held.update({"more.txt": b"more"}), "added, removed or moved: README.txt"),
        (moved, "added, removed or moved"),
    ],
)  # fmt: skip
def test_the_recipe_says_what_was_altered(
    whole: Path,
    recipe: Path,
    tmp_path: Path,
    change: Callable[[dict[str, bytes]], object],
    told: str,
) -> None:
    code, said = run(recipe, repacked(whole, tmp_path / "wrong.zip", change))
    assert code == 1
    assert said.startswith("ALTERED")
    assert told in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("name", "before", "after", "told"),
    [
        (
            "figures.csv",
            b",1,2,50.00",
            b",2,2,100.00",
            "is stated as 2 / 2 but the entries give 1 2",
        ),
        ("figures.csv", b"33.33", b"33.34", "is stated as 33.34 percent, not 33.33"),
        ("figures.json", b"[2,6]", b"[3,6]", "figures.json does not say"),
        ("figures.csv", b"unit,A", b"unit,Z", "unit Z"),
    ],
)
def test_the_recipe_recomputes_what_was_signed_anew(
    whole: Path, recipe: Path, tmp_path: Path, name: str, before: bytes, after: bytes, told: str
) -> None:  # fmt: skip
    def change(held: dict[str, bytes]) -> None:
        replaced(held, name, before, after)
        signed_anew(held, tmp_path)

    code, said = run(recipe, repacked(whole, tmp_path / "forged.zip", change))
    assert code == 1
    assert told in said


def test_files_in_another_order_are_found(whole: Path, tmp_path: Path) -> None:
    found = proof.verify(repacked(whole, tmp_path / "moved.zip", moved))
    assert "moved.zip: The files do not stand in the order" in said(found)


def test_a_good_bundle_of_another_period_or_an_unknown_definition_is_refused(
    whole: Path, tmp_path: Path
) -> None:
    assert proof.verify(whole, period="2026Q3").good
    found = proof.verify(whole, period="2026Q2")
    assert [one.message.params for one in found.troubles] == [
        {"found": "2026Q3", "expected": "2026Q2"}
    ]

    def change(held: dict[str, bytes]) -> None:
        manifest = json.loads(held["manifest.json"])
        manifest["definition"] = "2031.1"
        files = {one["name"]: one for one in manifest["files"]}
        inputs = [files[one] for one in bundles.INPUTS]
        manifest["input_sha256"] = bundles.input_digest("2031.1", inputs)
        held["manifest.json"] = bundles.canonical(manifest)
        held["manifest.sig"] = KEY.sign(held["manifest.json"])

    found = proof.verify(repacked(whole, tmp_path / "later.zip", change))
    assert [one.message.params for one in found.troubles] == [{"version": "2031.1"}]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_single_altered_byte_anywhere_is_found(
    whole: Path, tmp_path: Path, data: st.DataObject
) -> None:
    body = bytearray(whole.read_bytes())
    at = data.draw(st.integers(0, len(body) - 1))
    body[at] ^= data.draw(st.integers(1, 255))
    altered = tmp_path / "altered.zip"
    altered.write_bytes(body)
    found = proof.verify(altered)
    assert not found.good
    assert all(one.place and one.message.text for one in found.troubles)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cut=st.integers(0, 4000), tail=st.binary(max_size=20))
def test_a_cut_or_lengthened_bundle_is_found(
    whole: Path, tmp_path: Path, cut: int, tail: bytes
) -> None:
    body = whole.read_bytes()
    changed = body[: len(body) - cut] + tail
    if changed == body:
        return
    altered = tmp_path / "cut.zip"
    altered.write_bytes(changed)
    assert not proof.verify(altered).good


@pytest.mark.parametrize(
    ("name", "before", "after", "where"),
    [
        ("entries.csv", b"conditional", b"unassessed!", "entries.csv"),
        ("units.csv", b"department", b"institution", "units.csv"),
        ("figures.json", b"[2,6]", b"[3,6]", "figures.json: platform data_rate.all"),
        ("figures.csv", b"33.33", b"33.34", "figures.csv: line"),
        ("edition.json", "个人隐私".encode(), "公共隐私".encode(), "edition.json"),
        ("manifest.json", b"2026Q3", b"2026Q4", "manifest.json"),
        ("README.txt", b"2026Q3", b"2026Q4", "README.txt"),
    ],
)  # fmt: skip
def test_an_altered_file_is_named_with_its_place(
    whole: Path, tmp_path: Path, name: str, before: bytes, after: bytes, where: str
) -> None:
    found = proof.verify(
        repacked(whole, tmp_path / "altered.zip", lambda held: replaced(held, name, before, after))
    )
    assert not found.good
    assert where in said(found), said(found)


def test_figures_that_do_not_follow_are_found_even_when_everything_is_signed_anew(
    whole: Path, tmp_path: Path
) -> None:
    """Whoever holds the key cannot make the figures say more than the entries do."""

    def change(held: dict[str, bytes]) -> None:
        replaced(held, "figures.json", b"[2,6]", b"[6,6]")
        signed_anew(held, tmp_path)

    found = proof.verify(repacked(whole, tmp_path / "forged.zip", change))
    assert [one.place for one in found.troubles] == ["figures.json: platform data_rate.all"]
    assert found.troubles[0].message.params == {"stated": "6/6", "counted": "2/6"}


def test_a_bundle_of_another_key_is_refused_when_ours_is_expected(tmp_path: Path) -> None:
    path = tmp_path / "other.zip"
    write(path, key=OTHER)
    assert proof.verify(path).good
    found = proof.verify(path, key=proof.pem_of(KEY.public))
    assert [one.place for one in found.troubles] == ["public-key.pem"]
    assert not proof.verify(path, key=b"no key").good


def test_what_is_no_bundle_gets_a_clear_answer(tmp_path: Path, whole: Path) -> None:
    text = tmp_path / "text.zip"
    text.write_bytes(b"not a zip")
    assert "damaged" in said(proof.verify(text))
    for kind, names in ((ZIP_STORED, ["extra.txt"]), (ZIP_DEFLATED, ["manifest.json"])):
        other = tmp_path / "other.zip"
        with ZipFile(other, "w", kind) as archive:
            for name in names:
                archive.writestr(name, "x" * 10_000)
        found = proof.verify(other)
        assert not found.good
        assert "missing" in said(found)
    bomb = tmp_path / "bomb.zip"
    with ZipFile(whole) as source, ZipFile(bomb, "w", ZIP_DEFLATED) as archive:
        for name in source.namelist():
            archive.writestr(name, source.read(name))
    assert "compressed" in said(proof.verify(bomb))
    assert not proof.verify(tmp_path / "absent.zip").good


@pytest.mark.parametrize(
    "manifest",
    [
        b"{}",
        b"[]",
        b"null",
        b"\xff",
        b'{"format":"other","files":[]}',
        b'{"files":[1]}',
        b"[" * 5000,
    ],
)
def test_a_manifest_that_cannot_be_read_is_a_finding(
    whole: Path, tmp_path: Path, manifest: bytes
) -> None:
    path = repacked(
        whole, tmp_path / "m.zip", lambda held: held.update({"manifest.json": manifest})
    )
    assert "manifest" in said(proof.verify(path))


COUNTS = st.integers(0, 5)
SOME_LINES = st.lists(
    st.builds(
        lambda unit, klass, theme, due, counts: line(
            "x", unit, klass, theme=theme, due=due and klass != "withheld",
            fields_total=counts[0] + counts[1], fields_open=counts[0], records=counts[2],
        ),
        st.sampled_from("ABC"), st.sampled_from(CLASSES), st.sampled_from(["", "交通运输", "其他"]),
        st.booleans(), st.tuples(COUNTS, COUNTS, COUNTS),
    ),
    max_size=30,
)  # fmt: skip


@given(SOME_LINES)
def test_numerators_lie_within_denominators_and_every_entry_counts_once(lines: list[Line]) -> None:
    tally = Tally(UNITS)
    for one in lines:
        tally.add(one)
    figures = tally.figures()
    for _, _, _, n, d in bundles.flat(figures):
        assert 0 <= n <= d
    for scope in ("unit", "theme", "region"):
        for name in ("data_rate.all", "data_rate.due", "data_rate.field", "data_rate.volume"):
            summed = [sum(group[name][i] for group in figures[scope].values()) for i in (0, 1)]
            assert tuple(summed) == figures[PLATFORM][""][name]
    classes = [figures[PLATFORM][""][f"class.{one}"][0] for one in CLASSES]
    assert sum(classes) == len(lines)
    assert differences(figures, figures) == []


def test_percentages_are_cut() -> None:
    assert (percent(2, 3), percent(89_999, 100_000), percent(0, 0)) == ("66.66", "89.99", "")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not here")
def test_openssl_accepts_the_signature(whole: Path, tmp_path: Path) -> None:
    with ZipFile(whole) as archive:
        archive.extractall(tmp_path)
    done = subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "public-key.pem", "-rawin",
         "-in", "manifest.json", "-sigfile", "manifest.sig"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Verified Successfully" in done.stdout, done.stderr
