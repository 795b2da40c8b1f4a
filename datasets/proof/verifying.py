"""Checking a bundle with nothing but the bundle: container, signature, hashes, every figure.

Whatever is found is said with its place. A bundle is untrusted: its size, its members and its
numbers are bounded before they are believed.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from datasets.damage import DAMAGED
from datasets.proof import bundle, lines, tally
from datasets.proof.lines import LineKind, UnitLine
from datasets.proof.signing import fingerprint, from_pem, text_of, verified
from schemas.records import Message

LARGEST: Final = 4 * 2**30
"""Bytes of a bundle that are looked at."""
_LARGEST_MANIFEST: Final = 64 * 2**20
_CHUNK: Final = 2**20
_MOST_TROUBLES: Final = 50
_WITHHELD: Final = "withheld"
_ORDER: Final = (*bundle.SIGNED, bundle.MANIFEST, bundle.SIGNATURE)
"""Every file that a bundle may hold, in the order in which they are packed."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is not as it was signed: where, and what."""

    place: str
    message: Message


@dataclass(slots=True)
class Verdict:
    """What checking found; good when there is no trouble."""

    troubles: list[Trouble] = field(default_factory=list)
    manifest: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    figures: int = 0
    entries: int = 0

    @property
    def good(self) -> bool:
        """Whether everything is as it was signed, and every figure follows from the entries."""
        return not self.troubles

    def wrong(self, place: str, text: str, **params: Any) -> None:
        """Note one trouble; after many, further ones add nothing."""
        if len(self.troubles) < _MOST_TROUBLES:
            self.troubles.append(Trouble(place, Message(text, params)))


def verify(path: Path, *, key: bytes | None = None, period: str = "") -> Verdict:
    """Check a bundle; ``key`` is the PEM file of the key that is expected, from the portal itself,
    ``period`` the name of the period that it should be of."""
    found = Verdict()
    try:
        if path.stat().st_size > LARGEST:
            found.wrong(path.name, "The file is too large to be a bundle.")
            return found
        with ZipFile(path) as archive:
            _check_members(archive, found)
            if found.good:
                _check_container(archive, path, found)
                _check_contents(archive, key, found)
                _check_meant(found, period)
    except DAMAGED:
        if found.good:
            found.wrong(path.name, "The file is damaged: it cannot be read as a bundle.")
    except OSError:
        found.wrong(path.name, "The file cannot be read.")
    return found


def _check_members(archive: ZipFile, found: Verdict) -> None:
    names = archive.namelist()
    known = set(_ORDER)
    for name in sorted(set(names) - known):
        found.wrong(name, "This file does not belong into a bundle.")
    for name in sorted(known - set(names) - {bundle.DIFFERENCE}):
        found.wrong(name, "This file is missing from the bundle.")
    packed = [
        one.filename for one in archive.infolist()
        if one.compress_type != ZIP_STORED or one.file_size != one.compress_size or one.flag_bits
    ]  # fmt: skip
    for name in packed:
        found.wrong(name, "Byte for byte is how files stand in a bundle; this one is compressed.")
    if len(names) != len(set(names)):
        found.wrong(_name(archive), "A file stands twice in the bundle.")
    elif found.good and names != sorted(names, key=_ORDER.index):
        found.wrong(
            _name(archive), "The files do not stand in the order in which they were packed."
        )


def _name(archive: ZipFile) -> str:
    return Path(archive.filename or "").name


def _check_container(archive: ZipFile, path: Path, found: Verdict) -> None:
    """Pack the contents again: every byte of the container must come out as it is."""
    with TemporaryDirectory(prefix="bundle-") as name:
        folder = Path(name)
        for one in archive.infolist():
            try:
                with archive.open(one) as member, (folder / one.filename).open("wb") as file:
                    while chunk := member.read(_CHUNK):
                        file.write(chunk)
            except (BadZipFile, EOFError):
                found.wrong(
                    one.filename, "The bytes of this file were altered: its check sum differs."
                )
                return
        again = folder.parent / f"{folder.name}.zip"
        try:
            bundle.pack(folder, archive.namelist(), again)
            place = _first_difference(path, again)
        finally:
            again.unlink(missing_ok=True)
    if place is not None:
        found.wrong(
            path.name, "Byte %(byte)s of the container is not as it was packed.", byte=place
        )


def _first_difference(one: Path, other: Path) -> int | None:
    at = 0
    with one.open("rb") as left, other.open("rb") as right:
        while True:
            a, b = left.read(_CHUNK), right.read(_CHUNK)
            if a != b:
                pairs = zip(a, b, strict=False)
                return at + next(
                    (i for i, (x, y) in enumerate(pairs) if x != y), min(len(a), len(b))
                )
            if not a:
                return None
            at += len(a)


def _check_contents(archive: ZipFile, key: bytes | None, found: Verdict) -> None:
    manifest = _manifest(archive, found)
    if manifest is None:
        return
    found.manifest = manifest
    _check_signature(archive, manifest, key, found)
    for one in manifest["files"]:
        _check_file(archive, one, found)
    units = _units(archive, found)
    if units is not None:
        _check_figures(archive, units, found)
        _check_inputs(archive, manifest, found)


def _manifest(archive: ZipFile, found: Verdict) -> dict[str, Any] | None:
    info = archive.getinfo(bundle.MANIFEST)
    if info.file_size > _LARGEST_MANIFEST:
        found.wrong(bundle.MANIFEST, "The manifest is too large.")
        return None
    try:
        read = json.loads(archive.read(info))
        named = [one["name"] for one in read["files"]]
        sound = read["format"] == bundle.FORMAT and all(
            isinstance(one["sha256"], str) and isinstance(one["blocks"], list)
            for one in read["files"]
        )
        sound = sound and all(isinstance(read[one], str) for one in ("definition", "input_sha256"))
        sound = (
            sound and isinstance(read["signing"], dict) and isinstance(read["period"]["name"], str)
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        sound, named = False, []
    if not sound:
        found.wrong(bundle.MANIFEST, "The manifest cannot be read.")
        return None
    held = [one for one in archive.namelist() if one not in {bundle.MANIFEST, bundle.SIGNATURE}]
    if sorted(named) != sorted(held):
        found.wrong(bundle.MANIFEST, "The manifest does not name the files that are there.")
        return None
    return dict(read)


def _check_meant(found: Verdict, period: str) -> None:
    """Whether the bundle is of the period that was asked for, counted by rules that are known here."""
    if not found.manifest:
        return
    version = found.manifest["definition"]
    if version not in tally.DEFINITIONS:
        found.wrong(
            bundle.MANIFEST,
            "It is counted by definition %(version)s, which this program does not know.",
            version=version,
        )
    named = found.manifest["period"]["name"]
    if period and named != period:
        found.wrong(
            bundle.MANIFEST, "The bundle is of %(found)s, not of %(expected)s.",
            found=named, expected=period,
        )  # fmt: skip


def _check_signature(
    archive: ZipFile, manifest: Mapping[str, Any], expected: bytes | None, found: Verdict
) -> None:
    try:
        public = from_pem(archive.read(bundle.KEY))
    except ValueError:
        found.wrong(bundle.KEY, "This is not a public key.")
        return
    found.fingerprint = fingerprint(public)
    if manifest["signing"].get("public_key") != text_of(public):
        found.wrong(bundle.KEY, "The key is not the one that the manifest names.")
    if not verified(public, archive.read(bundle.MANIFEST), archive.read(bundle.SIGNATURE)):
        found.wrong(
            f"{bundle.MANIFEST}, {bundle.SIGNATURE}", "The signature does not fit the manifest."
        )
    if expected is None:
        return
    try:
        same = from_pem(expected) == public
    except ValueError:
        found.wrong("--key", "This is not a public key.")
        return
    if not same:
        found.wrong(bundle.KEY, "The bundle is signed, but with another key than the one expected.")


def _check_file(archive: ZipFile, named: Mapping[str, Any], found: Verdict) -> None:
    whole, at, bad = sha256(), 0, []
    with archive.open(named["name"]) as member:
        while block := member.read(bundle.BLOCK):
            whole.update(block)
            blocks = named["blocks"]
            if at >= len(blocks) or sha256(block).hexdigest() != blocks[at]:
                bad.append(at)
            at += 1
    if whole.hexdigest() == named["sha256"] and not bad and at == len(named["blocks"]):
        return
    first = (bad[0] if bad else at) * bundle.BLOCK
    last = min(first + bundle.BLOCK, archive.getinfo(named["name"]).file_size) - 1
    found.wrong(
        named["name"], "The file was altered between byte %(first)s and byte %(last)s.",
        first=first, last=max(first, last),
    )  # fmt: skip


@contextmanager
def _text(archive: ZipFile, name: str) -> Iterator[io.TextIOWrapper]:
    with archive.open(name) as member, io.TextIOWrapper(member, "utf-8-sig", newline="") as text:
        yield text


def _units(archive: ZipFile, found: Verdict) -> dict[str, UnitLine] | None:
    try:
        with _text(archive, bundle.UNITS) as text:
            return {one.code: one for _, one in lines.read_units(text)}
    except (ValueError, csv.Error) as error:
        found.wrong(bundle.UNITS, "The file cannot be read (%(spot)s).", spot=_said(error))
        return None


def _said(error: Exception) -> str:
    text = str(error)
    return text if text.startswith("line ") else type(error).__name__


def _check_figures(archive: ZipFile, units: Mapping[str, UnitLine], found: Verdict) -> None:
    """Count the entries again and compare every figure, both ways it is written."""
    counted = tally.Tally(units)
    sums = {LineKind.UNIT_SUM: 0, LineKind.THEME_SUM: 0}
    try:
        with _text(archive, bundle.ENTRIES) as text:
            for number, line in lines.read_entries(text):
                _check_line(number, line, found)
                counted.add(line)
                found.entries += line.entries if line.kind != LineKind.THEME_SUM else 0
                if line.kind in sums:
                    sums[LineKind(line.kind)] += line.entries
    except (ValueError, csv.Error) as error:
        found.wrong(bundle.ENTRIES, "The file cannot be read (%(spot)s).", spot=_said(error))
        return
    if sums[LineKind.UNIT_SUM] != sums[LineKind.THEME_SUM]:
        found.wrong(bundle.ENTRIES, "The sums by unit and by theme do not cover the same entries.")
    again = counted.figures()
    found.figures = sum(1 for _ in tally.flat(again))
    try:
        stated = tally.from_json(json.loads(archive.read(bundle.FIGURES)))
    except (ValueError, RecursionError):
        found.wrong(bundle.FIGURES, "The file cannot be read (%(spot)s).", spot="JSON")
        return
    for one in tally.differences(stated, again):
        found.wrong(
            f"{bundle.FIGURES}: {one.scope} {one.key} {one.figure}".replace("  ", " "),
            "It says %(stated)s, the entries give %(counted)s.",
            stated=_pair(one.before), counted=_pair(one.after),
        )  # fmt: skip
    wanted = [[str(value) for value in row] for row in bundle.figure_rows(again, units)]
    with _text(archive, bundle.FIGURES_CSV) as text:
        held = list(csv.reader(text))[1:]
    if held != wanted:
        at = next((i for i, (a, b) in enumerate(zip(held, wanted, strict=False)) if a != b), 0)
        found.wrong(f"{bundle.FIGURES_CSV}: line {at + 2}", "It does not follow from the entries.")


def _pair(pair: tuple[int, int] | None) -> str:
    return f"{pair[0]}/{pair[1]}" if pair else "–"


def _check_line(number: int, line: lines.Line, found: Verdict) -> None:
    """An entry of the class withheld names the items that close it, and is not due."""
    place = f"{bundle.ENTRIES}: line {number}"
    if line.klass == _WITHHELD and line.due:
        found.wrong(place, "A withheld entry is counted as due.")
    if line.kind == LineKind.ENTRY and (line.klass == _WITHHELD) != bool(line.items):
        found.wrong(place, "An entry is withheld exactly when an item closes it.")
    opened = line.klass in tally.OPEN
    if line.kind == LineKind.ENTRY and line.verified != (opened and not line.failed):
        found.wrong(place, "An entry is verified exactly when it is open and no check failed.")
    if line.kind == LineKind.ENTRY and (line.entries != 1 or line.fields_open > line.fields_total):
        found.wrong(place, "The counts of this entry cannot be.")


def _check_inputs(archive: ZipFile, manifest: Mapping[str, Any], found: Verdict) -> None:
    """The digest over everything counted, and the edition whose items close entries."""
    files = {one["name"]: one for one in manifest["files"]}
    digest = bundle.input_digest(manifest["definition"], [files[one] for one in bundle.INPUTS])
    if digest != manifest["input_sha256"]:
        found.wrong(bundle.MANIFEST, "The digest of what was counted is not that of the files.")
    edition = json.loads(archive.read(bundle.EDITION))
    if edition is not None:
        content = bundle.canonical(edition["content"])
        if sha256(content).hexdigest() != edition["sha256"]:
            found.wrong(bundle.EDITION, "The edition is not the one that its hash names.")
