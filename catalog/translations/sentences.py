"""Collecting sentences from Python: a method for ``pybabel extract`` (see ``babel.cfg``).

Babel's own reader of Python goes by tokens: it would take the code of a problem for a sentence and
miss a text that stands in a local name. This one goes by the syntax tree, and refuses a sentence
that is put together at run time, because no catalogue could hold it.
"""

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any

TEXT_AT: dict[str, int] = {
    "Message": 0,
    "_": 0,
    "Bad": 0,
    "BadText": 0,
    "doubt": 0,
    "refuse": 0,
    "wrong": 1,
    "_gate": 3,
    "_problem": 3,
    "_refuse": 3,
}
"""Callable -> position of the sentence among its arguments."""

Found = tuple[int, str, str, list[str]]


class MadeUpSentenceError(ValueError):
    """A sentence is not written down anywhere as a whole."""


def collect(
    fileobj: IO[bytes],
    keywords: Mapping[str, Any],
    comment_tags: Collection[str],
    options: Mapping[str, Any],
) -> Iterator[Found]:
    """Sentences of a module as Babel wants them: line, function, text, comments.

    Raises ``MadeUpSentenceError`` for a sentence that is put together at run time.
    """
    tree = ast.parse(fileobj.read())
    yield from _scope(tree, {})


def _scope(scope: ast.AST, outer: Mapping[str, list[ast.expr]]) -> Iterator[Found]:
    """Sentences of a module, class or function, with the names that are bound to texts in it."""
    names = {**outer, **_texts(scope)}
    for node in _own(scope):
        if isinstance(node, ast.Call):
            yield from _of_call(node, names)
        elif isinstance(node, ast.ClassDef):
            yield from _titles(node)
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield from _scope(node, names)


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(scope):
        yield node
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield from _own(node)


def _texts(scope: ast.AST) -> dict[str, list[ast.expr]]:
    """Local names and what they are bound to; a parameter shadows and is bound to nothing."""
    found: dict[str, list[ast.expr]] = {}
    if isinstance(scope, ast.FunctionDef):
        arguments = scope.args
        every = arguments.posonlyargs + arguments.args + arguments.kwonlyargs
        found = {argument.arg: [] for argument in every}
    for node in _own(scope):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
    return found


def _of_call(call: ast.Call, names: Mapping[str, list[ast.expr]]) -> Iterator[Found]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    at = TEXT_AT.get(name)
    if at is None or len(call.args) <= at:
        return
    if name == "refuse" and (len(call.args) > 1 or not isinstance(call.args[0], ast.Constant)):
        return  # others of that name take a code or an error with whole messages
    for text in _values(call.args[at], names):
        if text:
            yield call.lineno, "", text, []


def _values(node: ast.expr, names: Mapping[str, list[ast.expr]]) -> Iterator[str]:
    """Each text a node can be; nothing for one that another call or a store holds already."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _values(node.body, names)
        yield from _values(node.orelse, names)
    elif isinstance(node, ast.BoolOp):
        for part in node.values:
            yield from _values(part, names)
    elif isinstance(node, ast.Name) and node.id in names:
        for bound in names[node.id]:
            yield from _values(bound, {})
    elif isinstance(node, ast.JoinedStr | ast.BinOp | ast.Name):
        raise MadeUpSentenceError(f"line {node.lineno}: write the sentence as one literal")


def _titles(node: ast.ClassDef) -> Iterator[Found]:
    """The title of a refusal is the title of its page and problem document."""
    for line in node.body:
        if (
            isinstance(line, ast.Assign)
            and isinstance(line.targets[0], ast.Name)
            and line.targets[0].id == "title"
            and isinstance(line.value, ast.Constant)
            and isinstance(line.value.value, str)
        ):
            yield line.lineno, "", line.value.value, []
