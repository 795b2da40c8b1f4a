"""A made-up city to look at the product with. Every name and number in it is generated and labelled so.

``load`` plays fifteen months of work through the same rules as real people use: units come on the roster,
entries are registered, files delivered, examined, reviewed, published, withdrawn; the negative list is
drafted and approved. Nothing is written past the rules.
"""

from catalog.demo.play import CITY, PASSWORD, Account, load

__all__ = ["CITY", "PASSWORD", "Account", "load"]
