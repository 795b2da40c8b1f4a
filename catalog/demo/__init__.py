"""A made-up city to look at the product with. Every name and number in it is generated and labelled so.

``load`` plays three years of work through the same rules as real people use: units come on the roster and
are merged, entries are registered, files delivered, examined, reviewed, published, withdrawn; the negative
list is drafted, approved, adjusted; targets rise, quarters are frozen, a mistake is corrected late. Nothing
is written past the rules.
"""

from catalog.demo.city import CITY
from catalog.demo.loading import PASSWORD, Account, load

__all__ = ["CITY", "PASSWORD", "Account", "load"]
