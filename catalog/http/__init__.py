"""What a request carries and what every answer needs; doors (API and pages) use nothing else of
Flask's request machinery.

``runtime() transaction() reading() actor() now()`` give a view what it needs; ``say() language()``
its words; ``send_blob()`` answers with stored bytes, ``for_everybody()`` with what is the same for
all; ``receive()`` takes a delivery.
"""

from catalog.http.accepting import by_accept, preferred
from catalog.http.blobs import Artefact, disposition, send_blob, with_charset
from catalog.http.caching import for_entitled, for_everybody, tag_of, unchanged, validated
from catalog.http.context import (
    AFTER_COMMIT,
    EXTENSION,
    actor,
    by_token,
    check_csrf,
    client_address,
    client_digest,
    csrf_token,
    end_session,
    expected,
    keep_session,
    language,
    locale,
    now,
    reading,
    runtime,
    say,
    session_cookie,
    signed_in,
    transaction,
    trial,
)
from catalog.http.kept import finding, keep, keeping_under, kept_alike, state_now
from catalog.http.protection import ALIKE, CSRF_FIELD, FILE_POLICY, STREAMED, guard, protect
from catalog.http.uploads import Upload, check_room, clean_file_name, receive, receive_form
from catalog.http.workbooks import send_marked, send_template

__all__ = [
    "AFTER_COMMIT",
    "ALIKE",
    "CSRF_FIELD",
    "EXTENSION",
    "FILE_POLICY",
    "STREAMED",
    "Artefact",
    "Upload",
    "actor",
    "by_accept",
    "by_token",
    "check_csrf",
    "check_room",
    "clean_file_name",
    "client_address",
    "client_digest",
    "csrf_token",
    "disposition",
    "end_session",
    "expected",
    "finding",
    "for_entitled",
    "for_everybody",
    "guard",
    "keep",
    "keep_session",
    "keeping_under",
    "kept_alike",
    "language",
    "locale",
    "now",
    "preferred",
    "protect",
    "reading",
    "receive",
    "receive_form",
    "runtime",
    "say",
    "send_blob",
    "send_marked",
    "send_template",
    "session_cookie",
    "signed_in",
    "state_now",
    "tag_of",
    "transaction",
    "trial",
    "unchanged",
    "validated",
    "with_charset",
]
