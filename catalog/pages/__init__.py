"""The browser's door."""

from flask import Flask


def register(app: Flask) -> None:
    """Open every page."""
