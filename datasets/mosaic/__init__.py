"""What published tables tell together (mosaic): two harmless tables may name people once joined.

The implementing rules of the Secrecy Law (article 43) and the Beijing rules (article 27) ask those
who open data to consider what gathering and linking gives away. ``sketch`` makes a small summary of
a table's keys, ``links`` finds the tables that share keys and says what a join brings together.
"""

from datasets.mosaic.links import Link, Linked, Links, linked_to, links
from datasets.mosaic.sketches import EDITION, TableSketch, as_json, from_json, sketch

__all__ = [
    "EDITION",
    "Link",
    "Linked",
    "Links",
    "TableSketch",
    "as_json",
    "from_json",
    "linked_to",
    "links",
    "sketch",
]
