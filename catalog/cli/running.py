"""Waiting for a job from the command line: done here, or by a worker that was quicker."""

import time
from collections.abc import Callable

from catalog import jobs
from catalog.runtime import Runtime

PAUSE = 0.3


def wait_for(runtime: Runtime, ended: Callable[[], bool]) -> None:
    """Run what waits in this process until the thing is done, by whomever."""
    while not ended():
        if not jobs.run_waiting(runtime):
            time.sleep(PAUSE)
    runtime.follow()
