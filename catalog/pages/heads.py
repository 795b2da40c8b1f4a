"""The daily heads of the audit trail: ``/openness/heads``."""

from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from catalog import http
from catalog.models import PublishedHead
from catalog.pages import twins
from catalog.pages.asking import TABLE_SIZE, numbered, page_number
from catalog.pages.render import alternates, page
from catalog.services import heads
from datasets import proof

blueprint = Blueprint("pages-heads", __name__)
PATH = "/openness/heads"
MOST = 40_000
NAMES = ("day", "sequence", "hash", "at", "signature", "public_key")


@blueprint.get(PATH, defaults={"form": "html"})
@blueprint.get(f"{PATH}.<any(json,csv):form>")
def index(form: str) -> Response:
    """Every published head, newest first; copies of this page outlive the database."""
    at = page_number()
    with http.reading() as session:
        if form != "html":
            return twins.answer(
                form, [_flat(one) for one in heads.listed(session, limit=MOST)[0]], {}
            )
        found, total = heads.listed(session, offset=(at - 1) * TABLE_SIZE, limit=TABLE_SIZE)
        rows = [_flat(one) | {"signed": heads.signed(one)} for one in found]
    addresses = twins.links(PATH)
    key = proof.signer(http.runtime().settings.signing_seed()).public
    answer = page(
        "openness/heads.html", heads=rows, page=numbered(total, TABLE_SIZE, at), twins=addresses,
        fingerprint=proof.fingerprint(key),
    )  # fmt: skip
    return alternates(answer, addresses)


def _flat(one: PublishedHead) -> dict[str, Any]:
    return {name: getattr(one, name) for name in NAMES}
