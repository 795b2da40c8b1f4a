"""Signed download addresses: AWS Signature Version 4 in the query (obstore signs no file names).

Source: "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)", Amazon S3 API
Reference; its worked example is a test.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

SERVICE = "s3"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs, for which region."""

    key: str
    secret: str
    region: str
    session_token: str = ""


def presign(
    signer: Signer, url: str, seconds: int, now: datetime, answer: dict[str, str] | None = None
) -> str:
    """A GET address good for ``seconds`` from ``now``.

    ``url`` is the object's plain address with a percent-encoded path; ``answer`` are the
    ``response-*`` parameters the store is to answer with.
    """
    parts = urlsplit(url)
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{signer.region}/{SERVICE}/aws4_request"
    parameters = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{signer.key}/{scope}",
        "X-Amz-Date": stamp,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": "host",
        **({"X-Amz-Security-Token": signer.session_token} if signer.session_token else {}),
        **(answer or {}),
    }
    query = "&".join(
        f"{quote(name, safe='')}={quote(parameters[name], safe='')}" for name in sorted(parameters)
    )
    request = "\n".join(
        ["GET", parts.path, query, f"host:{parts.netloc}", "", "host", "UNSIGNED-PAYLOAD"]
    )
    text = "\n".join(
        ["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(request.encode()).hexdigest()]
    )
    key = f"AWS4{signer.secret}".encode()
    for word in (stamp[:8], signer.region, SERVICE, "aws4_request"):
        key = hmac.digest(key, word.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    return f"{parts.scheme}://{parts.netloc}{parts.path}?{query}&X-Amz-Signature={signature}"
