"""What a QTI item declares of a response: its values, the right ones, and what each is mapped to."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from assessments.formats.html_tree import Node
from assessments.formats.keyed import NUMBER, CannotTake
from assessments.formats.qti.nodes import first, named, words

NUMERIC = frozenset(("integer", "float"))


@dataclass
class ValueMap:
    values: dict[str, Fraction]
    is_case_sensitive: dict[str, bool]
    default: Fraction = Fraction(0)
    lower: Fraction | None = None
    upper: Fraction | None = None

    def of(self, value: Any) -> Fraction:
        parts = value if isinstance(value, tuple) else () if value is None else (value,)
        total = sum((self.one(part) for part in dict.fromkeys(parts)), start=Fraction(0))
        if self.lower is not None:
            total = max(total, self.lower)
        return total if self.upper is None else min(total, self.upper)

    def one(self, value: Any) -> Fraction:
        written = str(value)
        if written in self.values:
            return self.values[written]
        for key, mapped in self.values.items():
            same_number = isinstance(value, Fraction) and NUMBER.fullmatch(key.strip()) and Fraction(key) == value
            if same_number or (not self.is_case_sensitive[key] and key.casefold() == written.casefold()):
                return mapped
        return self.default


@dataclass
class Declaration:
    identifier: str
    cardinality: str
    base_type: str
    correct: Any = None
    mapping: ValueMap | None = None


def declaration(node: Node) -> Declaration:
    found = Declaration(
        node.attributes.get("identifier", ""),
        node.attributes.get("cardinality", "single"),
        node.attributes.get("basetype", ""),
    )
    values = [value_of(words(value), found.base_type) for value in named(first(node, "correctresponse"), "value")]
    values = [value for value in values if value != ""]
    found.correct = gathered(values, found.cardinality)
    if mapping := first(node, "mapping"):
        entries = named(mapping, "mapentry")
        keys = [pair_of(entry.attributes.get("mapkey", ""), found.base_type) for entry in entries]
        found.mapping = ValueMap(
            {key: number(entry.attributes.get("mappedvalue", "")) for key, entry in zip(keys, entries, strict=True)},
            {
                key: entry.attributes.get("casesensitive", "true") != "false"
                for key, entry in zip(keys, entries, strict=True)
            },
            number(mapping.attributes.get("defaultvalue", "0")),
            number(low) if (low := mapping.attributes.get("lowerbound", "")) else None,
            number(high) if (high := mapping.attributes.get("upperbound", "")) else None,
        )
    return found


def gathered(values: list[Any], cardinality: str) -> Any:
    if cardinality == "multiple":
        return tuple(sorted(values, key=str)) or None
    if cardinality == "ordered":
        return tuple(values) or None
    return values[0] if values else None


def number(text: str) -> Fraction:
    if len(text) > 40 or not NUMBER.fullmatch(text.strip()):
        raise CannotTake(f'"{text[:40]}" is not a number.')
    return Fraction(text.strip())


def value_of(text: str, base_type: str) -> Any:
    if base_type in NUMERIC:
        return number(text)
    return text == "true" if base_type == "boolean" else pair_of(text, base_type)


def pair_of(text: str, base_type: str) -> str:
    parts = text.split()
    if base_type == "pair":
        parts.sort()
    return " ".join(parts) if base_type in ("pair", "directedPair") else text.strip()
