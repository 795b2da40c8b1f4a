"""``python -m catalog`` is the command ``gongkai``."""

from catalog.cli import main

main()
