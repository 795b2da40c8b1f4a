from itertools import chain

import psutil

from catalog.db import Database
from catalog.search.preparing import every_prepared
from tests.bench.crowd import fill


def test_processes_prepare_what_one_alone_does_also_when_one_of_them_is_ended(
    database: Database,
) -> None:
    fill(database, units=5, entries=3_100, facts=False)
    alone = list(chain.from_iterable(every_prepared(database, processes=0)))
    beside = every_prepared(database, processes=2)
    together = next(beside)
    beside_us = psutil.Process().children()
    one, other = (child for child in beside_us if "catalog.search.helper" in child.cmdline())
    one.kill()
    together += chain.from_iterable(beside)
    assert together == alone
    assert {entry.public for entry in together} == {True, False}
    assert not other.is_running()
