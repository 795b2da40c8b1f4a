"""Writing a bundle: the same values always give the same bytes."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from datasets.proof import lines
from datasets.proof.lines import Line, UnitLine
from datasets.proof.recipe import README, RECIPE
from datasets.proof.signing import ALGORITHM, Signer, fingerprint, pem_of, text_of
from datasets.proof.tally import Difference, Figures, Tally, flat, percent

FORMAT: Final = "gongkai-snapshot-1"
MANIFEST, SIGNATURE, KEY, README_NAME = (
    "manifest.json",
    "manifest.sig",
    "public-key.pem",
    "README.txt",
)
UNITS, ENTRIES, EDITION = "units.csv", "entries.csv", "edition.json"
FIGURES, FIGURES_CSV, DIFFERENCE = "figures.json", "figures.csv", "difference.csv"
INPUTS: Final = (UNITS, ENTRIES, EDITION)
"""What the figures are computed from; ``input_sha256`` of the manifest is over these."""
SIGNED: Final = (README_NAME, KEY, *INPUTS, FIGURES, FIGURES_CSV, DIFFERENCE)
"""Files that the manifest names, in their order; the manifest and its signature follow."""
FIGURE_COLUMNS: Final = ("scope", "key", "name", "figure", "n", "d", "percent")
DIFFERENCE_COLUMNS: Final = ("scope", "key", "figure", "n_before", "d_before", "n_after", "d_after")
BLOCK: Final = 64 * 1024
"""Bytes of which the manifest keeps a hash each, so that an altered place can be named."""
_DAY: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = 0o644 << 16
_CHUNK: Final = 2**20


@dataclass(frozen=True, slots=True)
class Asked:
    """What is frozen. ``header`` are the plain values of the manifest: id, period, as_of, known_at and
    so on; ``edition`` the list in force, None before the first; ``changed`` only of a restatement."""

    header: Mapping[str, Any]
    units: Mapping[str, UnitLine]
    entries: Callable[[], Iterable[Line]]
    edition: Mapping[str, Any] | None
    changed: Callable[[Figures], Iterable[Difference]] | None = None


@dataclass(frozen=True, slots=True)
class Bundle:
    """A written bundle: what was counted from its lines, its manifest and the signature of that."""

    figures: Figures
    manifest: Mapping[str, Any]
    manifest_sha256: str
    signature: bytes
    input_sha256: str


def canonical(value: Any) -> bytes:
    """JSON in the one spelling that is hashed and signed."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def write_bundle(asked: Asked, key: Signer, target: Path) -> Bundle:
    """Count the lines, write every file, sign the manifest, pack all of it into ``target``."""
    with TemporaryDirectory(dir=target.parent, prefix="bundle-") as name:
        folder = Path(name)
        figures = _write_lines(asked, folder)
        _write_figures(asked, figures, folder)
        (folder / EDITION).write_bytes(canonical(asked.edition))
        (folder / KEY).write_bytes(pem_of(key.public))
        (folder / README_NAME).write_text(_readme(asked.header), encoding="utf-8", newline="\n")
        files = [one for one in SIGNED if (folder / one).exists()]
        digest = input_digest(asked.header["definition"], [hashes(folder / one) for one in INPUTS])
        manifest = {
            "format": FORMAT,
            **asked.header,
            "input_sha256": digest,
            "signing": {"algorithm": ALGORITHM, "public_key": text_of(key.public),
                        "fingerprint": fingerprint(key.public)},
            "files": [{"name": one, **hashes(folder / one)} for one in files],
        }  # fmt: skip
        body = canonical(manifest)
        signature = key.sign(body)
        (folder / MANIFEST).write_bytes(body)
        (folder / SIGNATURE).write_bytes(signature)
        pack(folder, [*files, MANIFEST, SIGNATURE], target)
    return Bundle(figures, manifest, sha256(body).hexdigest(), signature, digest)


def _write_lines(asked: Asked, folder: Path) -> Figures:
    lines.write(
        folder / UNITS, lines.UNIT_COLUMNS, (lines.values(one) for one in asked.units.values())
    )
    tally = Tally(asked.units)

    def counted() -> Iterable[tuple[Any, ...]]:
        for line in asked.entries():
            tally.add(line)
            yield lines.values(line)

    lines.write(folder / ENTRIES, lines.ENTRY_COLUMNS, counted())
    return tally.figures()


def _write_figures(asked: Asked, figures: Figures, folder: Path) -> None:
    (folder / FIGURES).write_bytes(canonical(figures))
    lines.write(folder / FIGURES_CSV, FIGURE_COLUMNS, figure_rows(figures, asked.units))
    if asked.changed is not None:
        rows = (
            (one.scope, one.key, one.figure, *(one.before or ("", "")), *(one.after or ("", "")))
            for one in asked.changed(figures)
        )
        lines.write(folder / DIFFERENCE, DIFFERENCE_COLUMNS, rows)


def figure_rows(figures: Figures, units: Mapping[str, UnitLine]) -> Iterable[tuple[Any, ...]]:
    """The figures as ``figures.csv`` shows them."""
    for scope, key, figure, n, d in flat(figures):
        name = units[key].name if scope == "unit" else key
        yield scope, key, name, figure, n, d, percent(n, d)


def _readme(header: Mapping[str, Any]) -> str:
    return README.format(
        period=header["period"]["name"],
        as_of=header["as_of"],
        definition=header["definition"],
        id=header["id"],
        address=header["address"],
        portal=header["address"].rpartition("/snapshots/")[0],
        recipe=RECIPE,
    )


def hashes(path: Path) -> dict[str, Any]:
    """Bytes, SHA-256, and the SHA-256 of every block of a file."""
    whole, blocks, size = sha256(), [], 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            whole.update(block)
            blocks.append(sha256(block).hexdigest())
            size += len(block)
    return {"bytes": size, "sha256": whole.hexdigest(), "block_bytes": BLOCK, "blocks": blocks}


def input_digest(definition: str, files: Iterable[Mapping[str, Any]]) -> str:
    """One hash over the definition and everything that was counted under it."""
    named = [one["sha256"] for one in files]
    return sha256(canonical([FORMAT, definition, *named])).hexdigest()


def pack(folder: Path, names: Iterable[str], target: Path) -> None:
    """A ZIP whose bytes depend on nothing but names and contents: stored, of one date, one mode."""
    with ZipFile(target, "w", ZIP_STORED) as archive:
        for name in names:
            info = ZipInfo(name, _DAY)
            info.external_attr, info.create_system = _MODE, 3
            info.file_size = (folder / name).stat().st_size
            with archive.open(info, "w") as member, (folder / name).open("rb") as file:
                while chunk := file.read(_CHUNK):
                    member.write(chunk)
