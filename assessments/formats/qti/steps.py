"""The response processing of an item, read once however many responses are tried."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from assessments.formats.html_tree import Node
from assessments.formats.qti.declarations import value_of
from assessments.formats.qti.nodes import elements, words


class Step:
    """A rule or an expression. What is in it is looked at when it is first run: most of what is broken never is."""

    def __init__(self, node: Node) -> None:
        self.node, self.tag, self.attributes = node, node.tag, node.attributes

    @cached_property
    def inside(self) -> tuple[Step, ...]:
        return tuple(Step(one) for one in elements(self.node))

    @cached_property
    def literal(self) -> Any:
        """Raises :class:`CannotTake`."""
        return value_of(words(self.node), self.attributes.get("basetype", ""))
