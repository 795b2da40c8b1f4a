"""The platform behind a command: opened for one command, closed after it."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from catalog import runtime as runtime_module
from catalog.errors import RuleError
from catalog.runtime import Runtime
from datasets.storage import StorageError


@contextmanager
def opened() -> Iterator[Runtime]:
    """The runtime that environment and ``.env`` describe; trouble of the store is a refusal."""
    try:
        runtime = runtime_module.from_env()
    except ValueError as error:
        raise click.UsageError(f"The settings cannot be used: {error}") from None
    except StorageError as error:
        raise _refused(error) from error
    try:
        yield runtime
    except StorageError as error:
        raise _refused(error) from error
    finally:
        runtime.close()


def _refused(error: StorageError) -> RuleError:
    return RuleError(error.problem.code, error.problem.cause, error.problem.remedy)
