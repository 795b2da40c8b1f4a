"""Every failure as one form: a refusal with place, cause and remedy, and its problem document."""

import secrets

import orjson
import structlog
from flask import request
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response

from catalog import wording
from catalog.errors import (
    Busy,
    Conflict,
    Forbidden,
    NotFound,
    RuleError,
    TooLarge,
    TooMany,
    Unauthenticated,
    stale,
)
from catalog.http.blobs import BadRange
from catalog.http.context import language, runtime
from datasets.exports import ExportProblem
from datasets.storage import BlobMissing, StorageError
from schemas.records import Message, Problem

log = structlog.get_logger(__name__)


class Failed(RuleError):
    """A fault of ours; the answer carries nothing but the number under which it is logged."""

    status = 500
    title = "Our mistake"


class Worded(RuleError):
    """A refusal of the framework, in our words."""

    def __init__(self, error: HTTPException) -> None:
        self.status = error.code or 500
        self.title = _TITLES.get(self.status, RuleError.title)
        self.allow = ""
        cause, remedy = _WORDS.get(self.status, _OTHER)
        if isinstance(error, MethodNotAllowed):
            self.allow = ", ".join(sorted(error.valid_methods or ()))
            cause = Message(cause.text, {"method": request.method})
            remedy = Message(remedy.text, {"methods": self.allow})
        super().__init__(f"http-{self.status}", cause, remedy)


_OTHER = (
    Message("The request cannot be answered."),
    Message("Check how it is put together; see /api/docs."),
)
_WORDS = {
    404: (
        Message("There is nothing here under that address."),
        Message("Check the address, or look it up in the directory."),
    ),
    405: (
        Message("This address does not take the method %(method)s."),
        Message("Use one of: %(methods)s."),
    ),
    413: (
        Message("The request is too large."),
        Message("Send less at a time; files are delivered as multipart."),
    ),
}
_TITLES = {404: NotFound.title, 405: Forbidden.title, 413: TooLarge.title}


def refusal_of(error: Exception) -> RuleError:
    """The refusal that a failure amounts to; a fault of ours is logged without any body or value."""
    if isinstance(error, RuleError):
        return error
    if isinstance(error, HTTPException) and (error.code or 500) < 500:
        return Worded(error)
    if isinstance(error, ExportProblem | StorageError):
        return _of_problem(error.problem, missing=isinstance(error, BlobMissing))
    if isinstance(error, SQLAlchemyError):
        return _of_database(error)
    return _fault(error)


def _of_database(error: SQLAlchemyError) -> RuleError:
    if isinstance(error, StaleDataError):
        return stale()
    if isinstance(error, IntegrityError):
        _log(error)
        return Conflict(
            "conflict",
            Message(
                "Somebody else did the same at the same time, or something still refers to it."
            ),
            Message("Load it again and repeat."),
        )
    if isinstance(error, OperationalError):
        _log(error)
        return Busy(
            "database-busy",
            Message("The database is busy or does not answer."),
            Message("Try again in a few seconds."),
        )
    return _fault(error)


def _fault(error: Exception) -> Failed:
    number = _log(error)
    return Failed(
        "fault",
        Message(
            "Something went wrong on our side; it is noted under %(number)s.", {"number": number}
        ),
        Message("Try again; if it stays so, tell the operator this number."),
    )


def _log(error: Exception) -> str:
    number = secrets.token_hex(6)
    # Database errors quote the values of the statement; only the error's own type is kept.
    trace = not isinstance(error, SQLAlchemyError)
    log.error(
        "request.fault", number=number, error=type(error).__name__, method=request.method,
        route=str(request.url_rule), exc_info=error if trace else None,
    )  # fmt: skip
    return number


def _of_problem(problem: Problem, *, missing: bool) -> RuleError:
    if missing:
        log.error("blob.missing", sha256=problem.place)
    kind = Busy if missing or problem.code == "file-store-unavailable" else RuleError
    return kind(problem.code, problem.cause, problem.remedy)


def problem_answer(refusal: RuleError) -> Response:
    """The problem document (RFC 9457) with the headers that belong to its status."""
    body = wording.problem(refusal, language(), public_url=runtime().settings.public_url)
    response = Response(
        orjson.dumps(body, default=str),
        status=refusal.status,
        content_type=wording.PROBLEM_TYPE,
    )
    return with_headers(response, refusal)


def with_headers(response: Response, refusal: RuleError) -> Response:
    """The headers that belong to a refusal's status, for any form of answer."""
    response.headers["Content-Language"] = language()
    if isinstance(refusal, Unauthenticated):
        response.headers["WWW-Authenticate"] = 'Bearer realm="gongkai"'
    if isinstance(refusal, TooMany):
        response.headers["Retry-After"] = str(refusal.retry_after)
    if isinstance(refusal, Busy):
        response.headers["Retry-After"] = str(refusal.retry_after)
    if isinstance(refusal, BadRange):
        response.headers["Content-Range"] = f"bytes */{refusal.size}"
    if isinstance(refusal, Worded) and refusal.allow:
        response.headers["Allow"] = refusal.allow
    return response
