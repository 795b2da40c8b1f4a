"""Frozen results that an outsider can check: lines, figures, a signed bundle, and its verifier.

Nothing here knows the database. A bundle is a ZIP of stored (not compressed) files: what was counted
(``units.csv``, ``entries.csv``, ``edition.json``), what came out (``figures.json``, ``figures.csv``), the
manifest with the hash of each, and an Ed25519 signature of the manifest (RFC 8032).
"""

from datasets.proof.bundle import Asked, Bundle, write_bundle
from datasets.proof.lines import Line, UnitLine
from datasets.proof.recipe import RECIPE
from datasets.proof.signing import Signer, fingerprint, pem_of, signer, verified
from datasets.proof.tally import Figures, Tally, differences
from datasets.proof.verifying import Trouble, Verdict, verify

__all__ = [
    "RECIPE",
    "Asked",
    "Bundle",
    "Figures",
    "Line",
    "Signer",
    "Tally",
    "Trouble",
    "UnitLine",
    "Verdict",
    "differences",
    "fingerprint",
    "pem_of",
    "signer",
    "verified",
    "verify",
    "write_bundle",
]
