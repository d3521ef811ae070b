"""A pydantic model as the small part of OpenAPI that Gemini's ``response_schema`` takes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

KNOWN = ("type", "description", "enum", "required")
"""Bounds on numbers and lengths are refused by the SDK; code checks them afterwards, as it does everything."""


def wire_schema(model: type[BaseModel]) -> dict[str, Any]:
    whole = model.model_json_schema()
    return _reduced(whole, whole.get("$defs", {}))


def _reduced(part: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    if reference := part.get("$ref"):
        return _reduced(definitions[reference.rpartition("/")[2]], definitions)
    if choices := [one for one in part.get("anyOf", ()) if one.get("type") != "null"]:
        return {**_reduced(choices[0], definitions), "nullable": True}
    reduced = {name: part[name] for name in KNOWN if name in part}
    if "properties" in part:
        reduced["properties"] = {name: _reduced(one, definitions) for name, one in part["properties"].items()}
    if "items" in part:
        reduced["items"] = _reduced(part["items"], definitions)
    return reduced
