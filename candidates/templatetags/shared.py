from __future__ import annotations

import re
import secrets
from collections.abc import Hashable, Iterable, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from django import template
from django.conf import settings
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()
Values = tuple[tuple[str, type, Hashable], ...]

FRESH = "fresh"
ESCAPED = re.compile("[&<>\"']")
_MARK = secrets.token_hex(8)  # stands on both sides of a fresh value's name; nobody can write it into a text


def part(
    name: str, values: Mapping[str, Hashable], fresh: Mapping[str, Any] | None = None, *, language: str | None = None
) -> SafeString:
    """A part that looks the same for everybody who has the same ``values``: rendered once for these and this language.

    It sees them and nothing else, neither the request nor anything of the page around it; each must be hashable and may
    not change. ``fresh`` are put in each time, where the part says ``{{ name }}``: it can write them out, and no more.
    ``language``: the one that is spoken now, by whoever asks for many parts; to find out costs more than finding the part.
    """
    # With the type: a safe text and an unsafe one are equal, and so are 1 and True.
    typed = tuple([(key, type(value), value) for key, value in values.items()])
    render = _rendered.__wrapped__ if settings.DEBUG else _rendered  # whoever changes templates sees it at once
    pieces = render(name, language or get_language(), typed, tuple(fresh or ()))
    if len(pieces) == 1 or not fresh:
        return SafeString(pieces[0])
    filled = list(pieces)
    filled[1::2] = [_escaped(fresh[key]) for key in pieces[1::2]]
    return SafeString("".join(filled))


def _escaped(value: Any) -> str:
    """As Django does it. Most of what is fresh has nothing to escape: numbers, keys, addresses, moments."""
    if (
        isinstance(value, str | int | UUID)
        and not hasattr(value, "__html__")
        and not ESCAPED.search(text := str(value))
    ):
        return text
    return conditional_escape(value)


def hole(name: str) -> SafeString:
    """Where a part puts the fresh value of this name, for what is worked out before a template sees it."""
    return SafeString(f"{_MARK}{name}{_MARK}")


def joined(parts: Iterable[SafeString]) -> SafeString:
    """One after the other."""
    return SafeString("".join(parts))


@lru_cache(maxsize=10_000)
def _rendered(name: str, _language: str | None, values: Values, fresh: tuple[str, ...]) -> tuple[str, ...]:
    """The text before the first fresh value, that one's name, the text after it, and so on."""
    context: dict[str, Any] = {name: value for name, _, value in values}
    holes = {key: hole(key) for key in fresh}
    return tuple(render_to_string(name, {**context, **holes}).split(_MARK))


@register.tag
def shared(parser: Parser, token: Token) -> SharedNode:
    """``{% shared "part.html" name=value … fresh name=value … %}``: a :func:`part`, with these values and fresh ones."""
    _, name, *bits = token.split_contents()
    values, fresh = token_kwargs(bits, parser), {}
    if bits[:1] == [FRESH]:
        del bits[0]
        fresh = token_kwargs(bits, parser)
    if bits:
        raise template.TemplateSyntaxError(f"shared takes a template and name=value pairs, not {bits[0]!r}.")
    return SharedNode(parser.compile_filter(name), values, fresh)


class SharedNode(template.Node):
    def __init__(
        self, name: FilterExpression, values: dict[str, FilterExpression], fresh: dict[str, FilterExpression]
    ) -> None:
        self.name, self.values, self.fresh = name, values, fresh

    def render(self, context: template.Context) -> SafeString:
        values = {name: expression.resolve(context) for name, expression in self.values.items()}
        fresh = {name: expression.resolve(context) for name, expression in self.fresh.items()}
        return part(self.name.resolve(context), values, fresh)
