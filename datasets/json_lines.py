"""JSON Lines as Frictionless' reports are compared by: read with Python's own JSON library.

What is said of a broken line depends on which JSON library is installed beside Frictionless; ours
installs a quicker one for other purposes. Importing this module settles it for the process.
"""

import json
from functools import partial
from types import SimpleNamespace

import jsonlines
from frictionless.platform import platform

platform.jsonlines = SimpleNamespace(
    Reader=partial(jsonlines.Reader, loads=json.loads), Writer=jsonlines.Writer
)
