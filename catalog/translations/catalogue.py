"""The catalogue of Chinese words: gather what is to be translated, keep the .po file, make the .mo file.

``python -m catalog.translations.catalogue`` brings both files up to date and fails while a word has
no translation. Sentences stand in templates and in calls that take one; pybabel alone misses those that
reach ``Message`` through a helper, so the sources are read as syntax trees.
"""

import ast
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from datasets.value_kinds import KINDS
from schemas.vocabularies import AdjustmentState, DatasetState, ReviewState

ROOT = Path(__file__).parents[2]
PACKAGES = ("catalog", "datasets", "harvesters", "schemas")
LOCALE = "zh_Hans_CN"
FOLDER = Path(__file__).parent / LOCALE / "LC_MESSAGES"
WORDS = {
    "Message": (0,), "gettext": (0,), "_": (0,), "N_": (0,), "ngettext": (0, 1), "refuse": (0,),
    "Bad": (0,), "BadText": (0,), "wrong": (1,), "doubt": (0,), "matching": (1,), "_gate": (3,),
    "_refuse": (3,), "_problem": (3,),
}  # fmt: skip
"""Functions that take a sentence, and at which places."""
TITLES = {"title"}
"""Class attributes that hold a sentence (the titles of refusals)."""
REFUSALS = {"Exception", "RuleError"}
CODES = (DatasetState, ReviewState, AdjustmentState, KINDS)
"""Closed lists whose words stand inside of sentences."""


def _texts(node: ast.expr | None) -> list[str]:
    """The literal texts that an expression can be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return _texts(node.body) + _texts(node.orelse)
    return []


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _in_function(function: ast.FunctionDef) -> Iterator[str]:
    """Texts given to Message under a name that the function assigned."""
    named: dict[str, list[str]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named.setdefault(node.targets[0].id, []).extend(_texts(node.value))
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and _called(node) == "Message" and node.args:
            first = node.args[0]
            if isinstance(first, ast.Name):
                yield from named.get(first.id, [])


def _of_call(node: ast.Call) -> Iterator[tuple[str, ...]]:
    places = WORDS.get(_called(node), ())
    found = [_texts(node.args[place]) for place in places if place < len(node.args)]
    if _called(node) == "Field":  # what a setting is for
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        yield from ((text,) for text in _texts(given.get("description")))
    if len(places) == 2 and len(found) == 2 and all(found):
        yield (found[0][0], found[1][0])
    elif len(places) == 1 and found:
        # Some modules have a ``refuse`` of their own that takes a code first.
        yield from ((text,) for text in found[0] if _called(node) != "refuse" or " " in text)


def _of_description(node: ast.AST) -> Iterator[str]:
    """What the description of the API says: of groups of calls, of calls (the first paragraph of their
    docstring), of members (``metadata``)."""
    if isinstance(node, ast.Call):
        if _called(node) == "Door":
            yield from (one for given in node.args for one in _texts(given))
        for keyword in node.keywords:
            if keyword.arg == "metadata" and isinstance(keyword.value, ast.Dict):
                told = zip(keyword.value.keys, keyword.value.values, strict=True)
                yield from (one for key, value in told if _texts(key) == ["description"]
                            for one in _texts(value))  # fmt: skip
    elif isinstance(node, ast.FunctionDef) and any(map(_opens_door, node.decorator_list)):
        yield " ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split())


def _opens_door(decorator: ast.expr) -> bool:
    return (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and ast.unparse(decorator.func.value) == "door"
    )


def _of_python(text: str) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(ast.parse(text)):
        yield from ((one,) for one in _of_description(node) if one)
        if isinstance(node, ast.Call):
            yield from _of_call(node)
        elif isinstance(node, ast.FunctionDef):
            yield from ((one,) for one in _in_function(node))
        elif (
            isinstance(node, ast.ClassDef) and {ast.unparse(base) for base in node.bases} & REFUSALS
        ):
            for part in node.body:
                if isinstance(part, ast.Assign) and ast.unparse(part.targets[0]) in TITLES:
                    yield from ((one,) for one in _texts(part.value))


def _of_template(text: str) -> Iterator[tuple[str, ...]]:
    keywords: dict[str, Any] = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
    options = {"extensions": "jinja2.ext.i18n", "trimmed": "true"}
    for _line, _function, found, _comments in babel_extract(
        BytesIO(text.encode()), list(keywords), [], options
    ):
        texts = found if isinstance(found, tuple) else (found,)
        yield tuple(one for one in texts[:2] if isinstance(one, str))


def made_up(root: Path = ROOT) -> list[str]:
    """Where a sentence is put together at run time, so that no catalogue can hold it: file and line."""
    found = []
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and (places := WORDS.get(_called(node))):
                    given = node.args[places[0]] if places[0] < len(node.args) else None
                    if isinstance(given, ast.JoinedStr | ast.BinOp):
                        found.append(f"{path.relative_to(root)}:{node.lineno}")
    return found


def messages(root: Path = ROOT) -> dict[str, tuple[str, ...]]:
    """Every sentence of the product by its singular; two forms where it counts something."""
    found: dict[str, tuple[str, ...]] = {}
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*")):
            if path.suffix not in {".py", ".html"} or path == Path(__file__):
                continue
            text = path.read_text(encoding="utf-8")
            for forms in _of_python(text) if path.suffix == ".py" else _of_template(text):
                if forms and forms[0] and len(forms) >= len(found.get(forms[0], ())):
                    found[forms[0]] = forms
    found |= {str(code): found.get(str(code), (str(code),)) for codes in CODES for code in codes}
    return dict(sorted(found.items()))


def read(folder: Path = FOLDER) -> Catalog:
    """The catalogue as it is kept."""
    path = folder / "messages.po"
    if not path.exists():
        return Catalog(locale=LOCALE)
    with path.open("rb") as file:
        return read_po(file, locale=LOCALE)


def renewed(kept: Catalog, wanted: dict[str, tuple[str, ...]]) -> Catalog:
    """The catalogue with exactly the sentences of the product; known translations stay."""
    made = Catalog(
        locale=LOCALE, project="Gongkai", charset="utf-8", fuzzy=False,
        copyright_holder="Gongkai", header_comment="# Chinese words of Gongkai. Apache-2.0.",
    )  # fmt: skip
    made.creation_date = kept.creation_date
    made.revision_date = kept.creation_date
    for singular, forms in wanted.items():
        known = kept.get(singular)
        string = known.string if known else ""
        single = string[0] if isinstance(string, tuple | list) else string
        made.add(forms if len(forms) > 1 else singular, (single,) if len(forms) > 1 else single)
    return made


def missing(catalogue: Catalog) -> list[str]:
    """Sentences without a translation."""
    return [
        one.id[0] if isinstance(one.id, tuple | list) else one.id
        for one in catalogue
        if one.id and not (one.string[0] if isinstance(one.string, tuple | list) else one.string)
    ]


def compiled(catalogue: Catalog) -> bytes:
    """The catalogue as programs read it."""
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def main() -> int:
    """Bring both files up to date; 1 while something is not translated."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    catalogue = renewed(read(), messages())
    with (FOLDER / "messages.po").open("wb") as file:
        write_po(file, catalogue, width=100, sort_output=True)
    (FOLDER / "messages.mo").write_bytes(compiled(read()))
    left = missing(catalogue)
    for text in left:
        sys.stdout.write(f"not translated: {text}\n")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
