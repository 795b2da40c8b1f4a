"""Is this table what its schema says it is? Inference of a schema, and a Frictionless report."""

from datasets.validation.acceptance import SchemaProblem, accept_schema
from datasets.validation.engine import validate
from datasets.validation.inference import Inference, infer_schema
from datasets.validation.report import validate_csv

__all__ = [
    "Inference",
    "SchemaProblem",
    "accept_schema",
    "infer_schema",
    "validate",
    "validate_csv",
]
