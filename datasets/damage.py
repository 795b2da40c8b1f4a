"""What Python's readers of packed files raise for a damaged one, or for features that ours have no use
for: ``zipfile`` alone says it in seven ways. ``OSError`` stands apart: it may be our disk."""

import lzma
import zipfile
import zlib
from typing import Final

DAMAGED: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    ArithmeticError,
    EOFError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
