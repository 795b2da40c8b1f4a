"""The platform behind a command: opened for one command, closed after it."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import inspect
from sqlalchemy.exc import ArgumentError, OperationalError

from catalog import runtime as runtime_module
from catalog.cli.output import say
from catalog.errors import RuleError
from catalog.runtime import Runtime
from datasets.storage import StorageError
from schemas.records import Message


@contextmanager
def opened(*, empty: bool = False) -> Iterator[Runtime]:
    """The runtime that environment and ``.env`` describe; trouble of the store or the database is a
    refusal, and so is a database without tables for all but those that make them (``empty``)."""
    try:
        runtime = runtime_module.from_env()
    except ValueError as error:
        raise wrong_settings(error) from None
    except ArgumentError:
        cause = ValueError("GONGKAI_DATABASE_URL: write sqlite:///FILE or postgresql://HOST/NAME")
        raise wrong_settings(cause) from None
    except StorageError as error:
        raise _refused(error) from error
    try:
        if not empty:
            _check_tables(runtime)
        yield runtime
    except StorageError as error:
        raise _refused(error) from error
    except OperationalError as error:
        raise _unusable(error) from None
    finally:
        runtime.close()


def wrong_settings(error: ValueError) -> click.UsageError:
    """What is told of settings that cannot be."""
    return click.UsageError(
        say(Message("The settings cannot be used: %(why)s", {"why": str(error)}))
    )


def _check_tables(runtime: Runtime) -> None:
    if not inspect(runtime.database.engine).has_table("units"):
        raise RuleError(
            "database-empty",
            Message("The database has no tables yet."),
            Message("Run gongkai db upgrade first."),
        )


def _unusable(error: OperationalError) -> RuleError:
    """What the database says of itself: never the statement, whose values may be anybody's."""
    said = str(error.orig).strip().partition("\n")[0]
    return RuleError(
        "database-unusable",
        Message("The database cannot be used: %(why)s.", {"why": said}),
        Message("See that it runs, may be written and has room, then run the command again."),
    )


def _refused(error: StorageError) -> RuleError:
    return RuleError(error.problem.code, error.problem.cause, error.problem.remedy)
