"""Readers of other people's catalogues: source and fetch in, plain records out. They write nothing.

``SOURCES`` is the whole list of kinds; see ``contract`` for what a reader promises.
"""

from collections.abc import Callable, Mapping

from harvesters.contract import Fetch, Items, SourceConfig
from harvesters.sources import ckan, dcat, inventory

SOURCES: Mapping[str, Callable[[SourceConfig, Fetch], Items]] = {
    "ckan": ckan.read,
    "data-json": dcat.read_data_json,
    "dcat": dcat.read,
    "inventory": inventory.read,
}
