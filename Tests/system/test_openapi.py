"""docs/openapi.yaml is valid, and its examples are what its schemas say."""

from pathlib import Path

import pytest
import yaml
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

DOCUMENT = yaml.safe_load((Path(__file__).parents[2] / "docs" / "openapi.yaml").read_text("utf-8"))
REGISTRY = Registry().with_resource("urn:openapi", Resource(DOCUMENT, DRAFT202012))


def test_the_document_is_valid_openapi():
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def examples():
    """Each example with the schema of the media type it stands in."""

    def walk(node, place):
        if isinstance(node, list):
            for index, item in enumerate(node):
                yield from walk(item, f"{place}/{index}")
        if not isinstance(node, dict):
            return
        if "schema" in node:
            if "example" in node:
                yield pytest.param(place, node["example"], id=place)
            for name, example in node.get("examples", {}).items():
                yield pytest.param(place, example["value"], id=f"{place}/{name}")
        for key, value in node.items():
            if key not in ("schema", "example", "examples", "schemas"):
                yield from walk(value, f"{place}/" + key.replace("~", "~0").replace("/", "~1"))

    yield from walk(DOCUMENT, "")


@pytest.mark.parametrize("place, example", examples())
def test_an_example_is_what_its_schema_says(place, example):
    schema = {"$ref": "urn:openapi#" + place.replace("{", "%7B").replace("}", "%7D") + "/schema"}
    OAS31Validator(schema, registry=REGISTRY).validate(example)


def test_every_operation_has_a_name_a_summary_and_an_example():
    operations = [call for path in DOCUMENT["paths"].values() for call in path.values()]
    assert len({call["operationId"] for call in operations}) == len(operations)
    for call in operations:
        assert call["summary"] and call["description"]
        assert {"401", "429", "503"} <= set(call["responses"])
