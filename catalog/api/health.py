"""For machines that look after the portal: ``/healthz``, ``/readyz``, ``/metrics``."""

from collections import Counter
from dataclasses import dataclass, field
from ipaddress import ip_address
from threading import Lock
from typing import cast

import structlog
from flask import Blueprint, current_app
from sqlalchemy import func, select, text
from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import plain
from catalog.errors import missing
from catalog.models import Job, OpennessState

blueprint = Blueprint("health", __name__)
log = structlog.get_logger(__name__)
MEASURES = "gongkai-measures"
NOW = {"Cache-Control": "no-store"}
"""What is true now only."""
_ABSENT = "0" * 64


@dataclass
class Measures:
    """Counts of this process, under a lock because requests run in threads."""

    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    seconds: float = 0.0
    lock: Lock = field(default_factory=Lock)

    def note(self, method: str, status: int, seconds: float) -> None:
        """Count one answer."""
        with self.lock:
            self.requests[method, status] += 1
            self.seconds += seconds


def measures() -> Measures:
    """The counts of this process."""
    return cast("Measures", current_app.extensions[MEASURES])


@blueprint.get("/healthz")
def alive() -> Response:
    """The process answers."""
    return plain({"status": "ok"}, headers=NOW)


@blueprint.get("/readyz")
def ready() -> Response:
    """Database, storage and queue answer; 503 with the name of what does not."""
    checks = {"database": _database, "storage": _storage, "queue": _queue}
    states = {}
    for name, check in checks.items():
        try:
            check()
            states[name] = "ok"
        except Exception:
            log.warning("not-ready", part=name, exc_info=True)
            states[name] = "failing"
    return plain(states, 200 if set(states.values()) == {"ok"} else 503, NOW)


def _database() -> None:
    with http.reading() as session:
        session.execute(text("SELECT 1"))


def _storage() -> None:
    http.runtime().storage.size(_ABSENT)


def _queue() -> None:
    with http.reading() as session:
        session.scalar(select(func.count(Job.id)).where(Job.state == "waiting"))


def _may_count(address: str) -> bool:
    try:
        given = ip_address(address)
    except ValueError:
        return False
    client = getattr(given, "ipv4_mapped", None) or given
    networks = http.runtime().settings.metrics_networks()
    return client.is_loopback or any(client in network for network in networks)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Counts in the Prometheus text format (version 0.0.4), for those who look after the machine."""
    if not _may_count(http.client_address()):
        raise missing("address")
    held = measures()
    with held.lock:
        counted, seconds = sorted(held.requests.items()), held.seconds
    lines = ["# HELP gongkai_requests_total Answers by method and status.",
             "# TYPE gongkai_requests_total counter"]  # fmt: skip
    lines += [
        f'gongkai_requests_total{{method="{method}",status="{status}"}} {count}'
        for (method, status), count in counted
    ]
    lines += [
        "# HELP gongkai_request_seconds_total Time spent answering.",
        "# TYPE gongkai_request_seconds_total counter",
        f"gongkai_request_seconds_total {seconds:.6f}",
        "# HELP gongkai_jobs Jobs by state.",
        "# TYPE gongkai_jobs gauge",
    ]
    with http.reading() as session:
        states = session.execute(select(Job.state, func.count(Job.id)).group_by(Job.state)).all()
    lines += [f'gongkai_jobs{{state="{state}"}} {count}' for state, count in sorted(states)]
    lines += _ledger()
    return Response("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4", headers=NOW)


def _ledger() -> list[str]:
    """Whether the openness ledger is believed, and what its last comparison with the facts found."""
    with http.reading() as session:
        state = session.get(OpennessState, 1)
    compared = state.compared_at.timestamp() if state and state.compared_at else 0
    figures = (
        ("ready", "Whether rates come from the ledger (1) or from the facts (0).",
         int(state is None or state.ready)),
        ("differences", "Counts that the last comparison found different from the facts.",
         state.differences if state else 0),
        ("compared_timestamp_seconds", "When the ledger was last compared.", int(compared)),
    )  # fmt: skip
    return [
        line
        for name, text, value in figures
        for line in (
            f"# HELP gongkai_openness_ledger_{name} {text}",
            f"# TYPE gongkai_openness_ledger_{name} gauge",
            f"gongkai_openness_ledger_{name} {value}",
        )
    ]
