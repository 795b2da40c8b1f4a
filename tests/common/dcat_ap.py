"""DCAT-AP 3.0.1 as SHACL shapes, written from the tables of the specification.

Mandatory properties, cardinalities, classes and kinds of values of the classes that our catalogue has;
the shapes that the specification's keepers publish say the same and more, under terms that keep them
out of this repository.
"""

from functools import cache

from rdflib import Graph

PREFIXES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix spdx: <http://spdx.org/rdf/terms#> .
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix dcatap: <http://data.europa.eu/r5r/> .
"""
TEXT, IRI = "sh:nodeKind sh:Literal", "sh:nodeKind sh:IRI"
DATE = "sh:or ([sh:datatype xsd:date] [sh:datatype xsd:dateTime] [sh:datatype xsd:gYear])"


def _a(kind: str) -> str:
    return f"sh:class {kind}"


SHAPES: dict[str, dict[str, tuple[int, int | None, str]]] = {
    "dcat:Catalog": {
        "dct:title": (1, None, TEXT),
        "dct:description": (1, None, TEXT),
        "dct:publisher": (1, 1, _a("foaf:Agent")),
        "dcat:dataset": (0, None, _a("dcat:Dataset")),
        "foaf:homepage": (0, 1, _a("foaf:Document")),
        "dct:language": (0, None, _a("dct:LinguisticSystem")),
        "dct:license": (0, 1, _a("dct:LicenseDocument")),
        "dcat:themeTaxonomy": (0, None, _a("skos:ConceptScheme")),
        "dct:modified": (0, 1, DATE),
    },
    "dcat:Dataset": {
        "dct:title": (1, None, TEXT),
        "dct:description": (1, None, TEXT),
        "dct:accessRights": (1, 1, _a("dct:RightsStatement")),
        "dct:rights": (0, None, _a("dct:RightsStatement")),
        "dct:publisher": (1, 1, _a("foaf:Agent")),
        "dct:identifier": (1, None, TEXT),
        "adms:identifier": (0, None, _a("adms:Identifier")),
        "dct:issued": (0, 1, DATE),
        "dct:modified": (1, 1, DATE),
        "dct:accrualPeriodicity": (0, 1, _a("dct:Frequency")),
        "dct:spatial": (0, None, _a("dct:Location")),
        "dct:temporal": (0, None, _a("dct:PeriodOfTime")),
        "dct:language": (0, None, _a("dct:LinguisticSystem")),
        "dcat:contactPoint": (1, None, _a("vcard:Kind")),
        "dcat:distribution": (0, None, _a("dcat:Distribution")),
        "dcat:keyword": (0, None, TEXT),
        "dcat:theme": (0, None, _a("skos:Concept")),
        "dcat:landingPage": (0, None, _a("foaf:Document")),
    },
    "dcat:Distribution": {
        "dcat:accessURL": (1, None, IRI),
        "dcat:downloadURL": (0, None, IRI),
        "dcat:byteSize": (0, 1, "sh:datatype xsd:nonNegativeInteger"),
        "dcat:mediaType": (0, 1, _a("dct:MediaType")),
        "dct:format": (0, 1, _a("dct:MediaTypeOrExtent")),
        "dct:license": (0, 1, _a("dct:LicenseDocument")),
        "dct:modified": (0, 1, DATE),
        "dct:title": (0, None, TEXT),
        "dct:description": (0, None, TEXT),
        "dcatap:availability": (0, 1, _a("skos:Concept")),
        "spdx:checksum": (0, 1, _a("spdx:Checksum")),
    },
    "spdx:Checksum": {
        "spdx:algorithm": (1, 1, _a("spdx:ChecksumAlgorithm")),
        "spdx:checksumValue": (1, 1, "sh:datatype xsd:hexBinary"),
    },
    "adms:Identifier": {"skos:notation": (1, 1, TEXT)},
    "foaf:Agent": {"foaf:name": (1, None, TEXT)},
    "skos:Concept": {"skos:prefLabel": (1, None, TEXT)},
    "skos:ConceptScheme": {"dct:title": (1, None, TEXT)},
    "dct:PeriodOfTime": {
        "dcat:startDate": (0, 1, "sh:datatype xsd:date"),
        "dcat:endDate": (0, 1, "sh:datatype xsd:date"),
    },
    "vcard:Kind": {
        "vcard:fn": (1, None, TEXT),
        "vcard:hasEmail": (0, 1, 'sh:nodeKind sh:IRI ; sh:pattern "^mailto:"'),
        "vcard:hasTelephone": (0, 1, 'sh:nodeKind sh:IRI ; sh:pattern "^tel:"'),
    },
}
"""Class -> property -> (at least, at most, what a value is)."""


@cache
def shapes() -> Graph:
    """The shapes as a graph."""
    written = [PREFIXES]
    for kind, properties in SHAPES.items():
        inside = "".join(
            f" ;\n  sh:property [ sh:path {path} ; sh:minCount {least} ;"
            f"{f' sh:maxCount {most} ;' if most is not None else ''} {value} ]"
            for path, (least, most, value) in properties.items()
        )
        written.append(f"[] a sh:NodeShape ; sh:targetClass {kind}{inside} .")
    return Graph().parse(data="\n".join(written), format="turtle")
