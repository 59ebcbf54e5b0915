"""
Requests and replies held against Google's discovery documents, which google-api-python-client carries.

A discovery document describes every method of an API and the type of every field, so it is an oracle that nobody here
wrote. What it does not describe is an error: unknown properties, parameters and mask fields too. Format:
https://developers.google.com/discovery/v1/type-format and https://developers.google.com/discovery/v1/reference/apis.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

Document = dict[str, Any]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]*={0,2}", re.ASCII)
"""Both alphabets, padded or not: Google's services write and read either."""
_INTEGERS = {"int32": (-(2**31), 2**31), "uint32": (0, 2**32), "int64": (-(2**63), 2**63), "uint64": (0, 2**64)}


class Violation(AssertionError):
    """Say where a value departs from the discovery document; all places are named."""


def load(name: str) -> Document:
    """Read a document by its file's stem: `forms.v1`, `gmail.v1`."""
    path = files("googleapiclient").joinpath("discovery_cache", "documents", f"{name}.json")
    document: Document = json.loads(path.read_text(encoding="utf-8"))
    return document


def check(document: Document, schema_name: str, value: Any) -> None:
    """
    Hold a JSON *value* against one schema, all the way down.

    Raises:
        Violation: an unknown property, a wrong type, an enum value or format that is not the schema's.
    """
    _raise(_faults(document, {"$ref": schema_name}, value, schema_name))


def check_fields(document: Document, schema_name: str, mask: Any) -> None:
    """
    Hold a parsed `fields` mask (a tree of names, leaves empty) against one schema.

    Raises:
        Violation: a name that the schema does not have at that place.
    """
    _raise(_mask_faults(document, {"$ref": schema_name}, mask, schema_name))


def check_request(
    document: Document, verb: str, path: str, query: Mapping[str, str | Sequence[str]], body: Any
) -> Document:
    """
    Hold a request against the method that it calls, and return that method's description.

    *path* starts with a slash, percent-decoded; *query* maps names to a value or several; *body* is JSON or None.

    Raises:
        Violation: there is no such method, or a parameter or the body is not as described.
    """
    method = method_of(document, verb, path)
    _raise(_request_faults(document, method, query, body))
    return method


def response_schema(method: Document) -> str:
    """Name the schema of a method's reply."""
    name: str = method["response"]["$ref"]
    return name


def method_of(document: Document, verb: str, path: str) -> Document:
    """
    Find the method that *verb* and *path* call, uploads included.

    Raises:
        Violation: there is none, or more than one.
    """
    base = document.get("servicePath", "")
    found = [m for m in _methods(document) if m["httpMethod"] == verb and any(_fits(t, path) for t in _paths(m, base))]
    if len(found) != 1:
        raise Violation(f"{verb} {path}: {len(found)} methods")
    return found[0]


def _methods(resource: Document) -> Iterator[Document]:
    yield from resource.get("methods", {}).values()
    for inner in resource.get("resources", {}).values():
        yield from _methods(inner)


def _paths(method: Document, base: str) -> Iterator[str]:
    yield f"/{base}{method['flatPath' if 'flatPath' in method else 'path']}"
    for protocol in method.get("mediaUpload", {}).get("protocols", {}).values():
        yield protocol["path"]


def _fits(template: str, path: str) -> bool:
    parts = re.split(r"\{\+?\w+\}", template)
    return re.fullmatch("[^/:]+".join(map(re.escape, parts)), path) is not None


def _raise(faults: Iterator[str]) -> None:
    if found := list(faults):
        raise Violation("; ".join(found))


def _request_faults(
    document: Document, method: Document, query: Mapping[str, str | Sequence[str]], body: Any
) -> Iterator[str]:
    described = document.get("parameters", {}) | method.get("parameters", {})
    known = {name: schema for name, schema in described.items() if schema.get("location") == "query"}
    for name, values in query.items():
        if name not in known:
            yield f"{name}: unknown parameter"
            continue
        several = [values] if isinstance(values, str) else list(values)
        if len(several) > 1 and not known[name].get("repeated"):
            yield f"{name}: given more than once"
        for value in several:
            yield from _faults(document, known[name], _typed(known[name], value), name)
    yield from (f"{name}: missing" for name, schema in known.items() if schema.get("required") and name not in query)
    if body is not None and "request" not in method:
        yield "body: none is allowed"
    elif body is not None:
        yield from _faults(document, method["request"], body, method["request"]["$ref"])


def _typed(schema: Document, text: str) -> Any:
    """Read the text of a parameter as its type would be written in JSON; what cannot be read stays text."""
    if schema["type"] == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if schema["type"] in ("integer", "number"):
        try:
            return int(text) if schema["type"] == "integer" else float(text)
        except ValueError:
            return text
    return text


def _faults(document: Document, schema: Document, value: Any, at: str) -> Iterator[str]:
    """Yield what is wrong with *value*, each with its place."""
    if "$ref" in schema:
        schema = document["schemas"][schema["$ref"]]
    kind = schema["type"]
    if kind == "any":
        return
    if kind == "object" and isinstance(value, dict):
        for name, inner in value.items():
            described = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
            if described is None:
                yield f"{at}.{name}: unknown property"
            else:
                yield from _faults(document, described, inner, f"{at}.{name}")
    elif kind == "array" and isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _faults(document, schema["items"], inner, f"{at}[{index}]")
    elif not _is(kind, value):
        yield f"{at}: {type(value).__name__} instead of {kind}"
    elif not _formatted(schema.get("format", ""), value):
        yield f"{at}: not of format {schema['format']}"
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{at}: not in the enum"


def _is(kind: str, value: Any) -> bool:
    """Tell whether a scalar is of a JSON type; `True` is no number here."""
    if isinstance(value, bool):
        return kind == "boolean"
    types: dict[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "number": (int, float)}
    return isinstance(value, types.get(kind, ()))


def _formatted(form: str, value: Any) -> bool:
    """Tell whether a scalar keeps to its format; 64-bit integers are written as strings."""
    if form in _INTEGERS:
        low, end = _INTEGERS[form]
        whole = isinstance(value, int) or re.fullmatch(r"-?\d+", value, re.ASCII) is not None
        return whole and low <= int(value) < end
    if form in ("google-datetime", "date-time"):
        return _TIME.fullmatch(value) is not None
    if form == "byte":
        return _BASE64.fullmatch(value) is not None and len(value.rstrip("=")) % 4 != 1
    return True


def _mask_faults(document: Document, schema: Document, mask: Mapping[str, Any], at: str) -> Iterator[str]:
    """Yield the names of a mask that *schema* does not have."""
    if "$ref" in schema:
        schema = document["schemas"][schema["$ref"]]
    if schema["type"] == "array":
        yield from _mask_faults(document, schema["items"], mask, at)
        return
    for name, inner in mask.items():
        named = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
        if named is None:
            yield f"{at}.{name}: unknown field"
        else:
            yield from _mask_faults(document, named, inner, f"{at}.{name}")
