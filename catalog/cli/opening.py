"""The platform behind a command: opened for one command, closed after it."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import inspect

from catalog import runtime as runtime_module
from catalog.cli.output import say
from catalog.errors import RuleError
from catalog.runtime import Runtime
from datasets.storage import StorageError
from schemas.records import Message


@contextmanager
def opened(*, empty: bool = False) -> Iterator[Runtime]:
    """The runtime that environment and ``.env`` describe; trouble of the store is a refusal, and so
    is a database without tables for all but those that make them (``empty``)."""
    try:
        runtime = runtime_module.from_env()
    except ValueError as error:
        wrong = Message("The settings cannot be used: %(why)s", {"why": str(error)})
        raise click.UsageError(say(wrong)) from None
    except StorageError as error:
        raise _refused(error) from error
    try:
        if not empty:
            _check_tables(runtime)
        yield runtime
    except StorageError as error:
        raise _refused(error) from error
    finally:
        runtime.close()


def _check_tables(runtime: Runtime) -> None:
    if not inspect(runtime.database.engine).has_table("units"):
        raise RuleError(
            "database-empty",
            Message("The database has no tables yet."),
            Message("Run gongkai db upgrade first."),
        )


def _refused(error: StorageError) -> RuleError:
    return RuleError(error.problem.code, error.problem.cause, error.problem.remedy)
