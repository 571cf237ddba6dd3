"""Writes test/golden/kubernetes/*.json: JSON Schemas that examples/scale/*.yaml are checked with, one for each file.

Run:   python test/golden/make/kubernetes_schemas.py      (from the project's root)
Made with: Python 3.11, kubernetes-validate 1.37.0 (Kubernetes' own schemas, strict), kubeflow-training 1.9.4 (the classes of PyTorchJob),
PyYAML 6.

A whole schema takes megabytes: of what a file does not use only the name is kept. So every misspelt name is found, and every wrong value
of what is used. The file is checked with the whole schema before.
"""
import glob
import json
import os
import re

import kubernetes_validate
import yaml
from kubeflow.training import models

OUT = "test/golden/kubernetes"
SCHEMAS = os.path.join(os.path.dirname(kubernetes_validate.__file__), "kubernetes-json-schema", "v1.37.0-local-strict")
KEPT = ("type", "enum", "format", "required", "items", "properties", "additionalProperties", "oneOf", "anyOf")


def load(name):
    with open(os.path.join(SCHEMAS, name)) as file:
        return json.load(file)


DEFINITIONS = load("_definitions.json")["$defs"]


def resolved(schema):
    while "$ref" in schema:
        schema = DEFINITIONS[schema["$ref"].rsplit("/", 1)[1]]
    return schema


def trimmed(schema, value):
    """The schema with the parts that `value` uses."""
    schema = {key: part for key, part in resolved(schema).items() if key in KEPT}
    if isinstance(value, dict):
        of_any = schema.get("additionalProperties")
        if isinstance(of_any, dict):
            schema["additionalProperties"] = trimmed(of_any, next(iter(value.values())))
        if "properties" in schema:
            parts = schema["properties"].items()
            schema["properties"] = {name: trimmed(part, value[name]) if name in value else True for name, part in parts}
    if isinstance(value, list) and "items" in schema:
        merged = {}
        for item in value:
            merged.update(item if isinstance(item, dict) else {})
        schema["items"] = trimmed(schema["items"], merged or value[0])
    schema.pop("format", None)  # int32, int-or-string: names that a validator does not know
    return schema


def of_class(name):
    """The schema of one of the operator's classes; Kubernetes' own are its definitions."""
    if name in ("str", "int", "bool"):
        return {"type": {"str": "string", "int": "integer", "bool": "boolean"}[name]}
    mapping = re.fullmatch(r"dict\(str, (.*)\)", name)
    if mapping:
        return {"type": "object", "additionalProperties": of_class(mapping[1])}
    listed = re.fullmatch(r"list\[(.*)\]", name)
    if listed:
        return {"type": "array", "items": of_class(listed[1])}
    own = getattr(models, name, None)
    if own is None or name.startswith("V1"):
        found = [key for key in DEFINITIONS if re.search(rf"\.v1\.{name[2:]}$", key)]
        return {"$ref": f"#/{found[0] if len(found) == 1 else name}"}  # one that is unknown fails where it is used
    names = own.attribute_map
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {names[field]: of_class(kind) for field, kind in own.openapi_types.items()},
    }


def schema_of(document):
    if document["kind"] == "PyTorchJob":
        schema = of_class("KubeflowOrgV1PyTorchJob")
        schema["properties"]["apiVersion"] = {"enum": ["kubeflow.org/v1"]}
        schema["properties"]["kind"] = {"enum": ["PyTorchJob"]}
        schema["properties"]["spec"]["required"] = ["pytorchReplicaSpecs"]
        return schema
    kubernetes_validate.validate(document, "1.37", strict=True)
    return load("job-batch-v1.json")


os.makedirs(OUT, exist_ok=True)
for path in sorted(glob.glob("examples/scale/*.yaml")):
    with open(path) as file:
        document = yaml.safe_load(file)
    schema = trimmed(schema_of(document), document)
    name = os.path.basename(path).replace(".yaml", ".json")
    with open(os.path.join(OUT, name), "w") as file:
        json.dump(schema, file, separators=(",", ":"))
        file.write("\n")
