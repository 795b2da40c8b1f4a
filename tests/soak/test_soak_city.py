"""The whole city read by the validators and harvesters of others, every page of every writing."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pyshacl
import pytest
from rdflib import Graph, Namespace
from rdflib.namespace import DCAT
from sickle import Sickle

from catalog.settings import Settings
from tests.common import dcat_us
from tests.common.chromium import served
from tests.common.city import City, city_from
from tests.common.ckan import check_package
from tests.common.dcat_ap import shapes
from tests.common.portal import BASE, SECRET, settle
from tests.common.stack import open_stack
from tests.conftest import NOW

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
WRITINGS = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "xml"}
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("city")
    with (
        open_stack(Settings(home=folder / "home"), NOW) as stack,
        city_from(settle(stack, folder), folder / "city") as made,
    ):
        yield made


@pytest.mark.parametrize("suffix", WRITINGS)
def test_every_page_of_the_catalogue_keeps_the_shapes(city: City, suffix: str) -> None:
    found: set[str] = set()
    address = f"/catalog.{suffix}"
    while address:
        data = city.get(address.removeprefix(BASE)).data
        graph = Graph().parse(data=data, format=WRITINGS[suffix])
        good, _, report = pyshacl.validate(graph, shacl_graph=shapes())
        assert good, report
        found |= {str(one).rpartition("/")[2] for one in graph.objects(None, DCAT.dataset)}
        address = str(next(graph.objects(None, HYDRA.next), ""))
    assert found == city.listed


def test_data_json_of_the_city_is_dcat_us(city: City) -> None:
    jsonschema.validate(city.get("/data.json").get_json(), dcat_us.CATALOGUE)


def test_every_record_of_the_harvest_is_a_graph_of_its_own(city: City) -> None:
    with served(city.stack) as base:
        records = list(Sickle(f"{base}/oai").ListRecords(metadataPrefix="dcat"))
    assert {one.header.identifier.rpartition(":")[2] for one in records} == city.listed | city.ended
    assert SECRET not in "".join(one.raw for one in records)


def test_ckanapi_dumps_the_city_from_the_command_line(city: City, tmp_path: Path) -> None:
    with served(city.stack) as base:
        done = subprocess.run(
            [BIN / "ckanapi", "dump", "datasets", "--all", "-r", base], cwd=tmp_path,
            env=os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}, capture_output=True, check=True,
        )  # fmt: skip
    packages = [json.loads(line) for line in done.stdout.splitlines()]
    assert {one["name"] for one in packages} == city.listed
    for one in packages:
        check_package(one)
    assert SECRET not in done.stdout.decode()
