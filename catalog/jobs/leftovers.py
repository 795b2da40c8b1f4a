"""What killed processes left on the disk of this machine."""

import shutil
import time
from pathlib import Path

FOLDERS = ("work", "incoming")
"""Below the home folder: examinations in hand, and uploads that are still arriving."""

SECONDS = 24 * 3600
"""Anything untouched for this long has lost its process: examinations and fetches end sooner."""


def clear(home: Path) -> int:
    """Remove working folders and half uploads that nobody can be using; how many there were."""
    horizon = time.time() - SECONDS
    old = [
        place
        for folder in FOLDERS
        for place in (home / folder).glob("*")
        if _touched(place) < horizon
    ]
    for place in old:
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place, ignore_errors=True)
        else:
            place.unlink(missing_ok=True)
    return len(old)


def _touched(place: Path) -> float:
    try:
        return place.lstat().st_mtime
    except FileNotFoundError:  # its process has just put it away itself
        return time.time()
