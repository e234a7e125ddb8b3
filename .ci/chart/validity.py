"""Whether Kubernetes, and the Prometheus Operator, would know every member of every object."""

import json
from functools import cache

import jsonschema
import kubernetes_validate
from kubernetes_validate import utils as kubernetes_schemas

from renders import key

# The oldest that Chart.yaml allows, and the newest that is known here.
KUBERNETES = ("1.30", kubernetes_schemas.latest_version())
# What no Kubernetes schema knows: enough of the operator's to see that a word is misspelt.
TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
OPERATOR = {
    "ServiceMonitor": {
        "type": "object",
        "required": ["selector", "endpoints"],
        "additionalProperties": False,
        "properties": {
            "namespaceSelector": {
                "type": "object",
                "required": ["matchNames"],
                "additionalProperties": False,
                "properties": {"matchNames": {"type": "array", "items": {"type": "string"}}},
            },
            "selector": {
                "type": "object",
                "required": ["matchLabels"],
                "additionalProperties": False,
                "properties": {"matchLabels": TEXTS},
            },
            "endpoints": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "required": ["port"],
                    "additionalProperties": False,
                    "properties": {name: {"type": "string"} for name in ("port", "path", "interval")},
                },
            },
        },
    },
    "PrometheusRule": {
        "type": "object",
        "required": ["groups"],
        "additionalProperties": False,
        "properties": {
            "groups": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "required": ["name", "rules"],
                    "additionalProperties": False,
                    "properties": {
                        "name": {"type": "string"},
                        "interval": {"type": "string"},
                        "rules": {"type": "array"},
                    },
                },
            }
        },
    },
}

# The definitions of all of Kubernetes are megabytes: read once.
kubernetes_schemas.schema_contents = cache(kubernetes_schemas.schema_contents)


def invalid(renders, version):
    seen = set()
    for name, parts in renders.items():
        for part in parts:
            text = json.dumps(part, sort_keys=True)
            if part["kind"] in OPERATOR or text in seen:
                continue
            seen.add(text)
            try:
                kubernetes_validate.validate(part, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                yield f"{name}: {key(part)}: {'.'.join(map(str, error.path))}: {error.message}"


def invalid_for_operator(renders):
    found = [(name, part) for name, parts in renders.items() for part in parts if part["kind"] in OPERATOR]
    if {part["kind"] for _, part in found} != set(OPERATOR):
        yield "no case renders all of them"
    for name, part in found:
        for error in jsonschema.Draft7Validator(OPERATOR[part["kind"]]).iter_errors(part["spec"]):
            yield f"{name}: {key(part)}: {error.message}"
