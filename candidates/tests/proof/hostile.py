"""Text that would like to be a program, put into every column that takes text; and a parser that sees whether it became one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import cycle
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, models, transaction
from django.db.models import Model

from assessments.tests.test_markup import XSS

MARK = "x-canary"
BREAKOUTS = [  # for a text that lands in an attribute, a script, a title, a text area, a comment, a template
    f"<{MARK}>",
    f'"><{MARK}>',
    f"'><{MARK}>",
    f"`><{MARK}>",
    f'" autofocus onfocus=alert("{MARK}") x="',
    f"' onmouseover='alert(1)' x='{MARK}",
    f'" style="position:fixed" {MARK}="',
    f"</script><{MARK}>",
    f"</style><{MARK}>",
    f"</title><{MARK}>",
    f"</textarea><{MARK}>",
    f"</option></select><{MARK}>",
    f"</template><{MARK}>",
    f"</noscript><{MARK}>",
    f"--><{MARK}><!--",
    f"]]><{MARK}>",
    f"javascript:alert('{MARK}')",
    f"JaVaScRiPt:alert('{MARK}')",
    f"  javascript:alert('{MARK}')",
    f"java\tscript:alert('{MARK}')",
    f"data:text/html,<script>{MARK}</script>",
    f"vbscript:{MARK}",
    f"//{MARK}.example/x.js",
    f"{{{{ 7|add:7 }}}}{{% load {MARK} %}}",
    f"${{alert('{MARK}')}}",
    f"&lt;{MARK}&gt;&#60;{MARK}&#62;",
    f"\\u003c{MARK}\\u003e",
    f"%3C{MARK}%3E",
    f"\u202e<{MARK}>",
    f"\uff1c{MARK}\uff1e",
    f"<{MARK}/onload=alert(1)>",
    f"<svg><{MARK} onload=alert(1)>",
    f"<img src=x onerror=alert('{MARK}')>",
    f"<a href=javascript:alert('{MARK}')>x</a>",
    f"<iframe srcdoc='<{MARK}>'></iframe>",
    f"<base href=//{MARK}.example>",
    f"<meta http-equiv=refresh content=0;url=//{MARK}.example>",
    f"<form action=//{MARK}.example><button>x</button>",
    f"<p hx-get=/x hx-on::load=alert(1) hx-trigger=load>{MARK}</p>",
    f"<button formaction=javascript:alert('{MARK}')>x</button>",
    f"<object data=//{MARK}.example></object>",
    f"<style>@import '//{MARK}.example'</style>",
]
PAYLOADS = [*BREAKOUTS, *(one.replace("\0", "") for one in XSS)]

# ---- Where it goes ----

NOT_WORDS = re.compile(
    r"(slug|hash|language|password|sha256|ending|chain_head|submit_receipt|hint|timezone|time_zone|caller|format)$"
    r"|_mark$|^device$|^code"
)
"""Columns that this server fills itself, or that nothing but a short code passes the form of."""
WORDS = {
    "text",
    "label",
    "topic",
    "competence",
    "words",
    "reason",
    "file",
    "place",
    "model_answer",
    "placeholder",
    "said",
}
WORDS |= {"stem", "explanation", "title", "note", "where", "name", "description"}
"""In JSON: keys whose values are words; what is beneath feedback and evidence is, too, and whatever has a space in it."""
ALL_WORDS = {"feedback", "evidence"}
OF_DJANGO: tuple[type[Model], ...] = (User, Group)


def models_with_text() -> list[type[Model]]:
    return [
        *OF_DJANGO,
        *(model for label in ("assessments", "candidates") for model in apps.get_app_config(label).get_models()),
    ]


def planted(texts: Iterator[str]) -> dict[str, int]:
    """Put one into every column of every row that takes it; how many by column. What a constraint refuses stays out."""
    counts: dict[str, int] = {}
    for model in models_with_text():
        for field in model._meta.concrete_fields:
            if takes_words(field):
                label = f"{model._meta.label}.{field.name}"
                counts[label] = sum(
                    plant(model, row, field, texts) for row in model._base_manager.values("pk", field.attname)
                )
    return counts


def takes_words(field: Any) -> bool:
    is_text = isinstance(field, models.CharField | models.TextField) and not field.choices and not field.primary_key
    return (is_text or isinstance(field, models.JSONField)) and not NOT_WORDS.search(field.name)


def plant(model: type[Model], row: dict[str, Any], field: Any, texts: Iterator[str]) -> bool:
    old = row[field.attname]
    new = replaced(old, texts) if isinstance(field, models.JSONField) else fitting(field, row["pk"], texts)
    try:
        with (
            transaction.atomic()
        ):  # a plain query set: some models refuse to be changed, and a database could be all the same
            return new != old and bool(models.QuerySet(model).filter(pk=row["pk"]).update(**{field.attname: new}))
    except IntegrityError:
        return False


def fitting(field: Any, pk: Any, texts: Iterator[str]) -> str:
    room = field.max_length or 1000
    suffix = f" {pk}"[-8:] if field.unique or field.name == "name" else ""
    return next(one for one in texts if len(one) + len(suffix) <= room) + suffix


def replaced(value: Any, texts: Iterator[str], *, is_words: bool = False) -> Any:
    if isinstance(value, str):
        return next(texts) if is_words or " " in value else value
    if isinstance(value, list):
        return [replaced(one, texts, is_words=is_words) for one in value]
    if isinstance(value, dict):
        return {
            name: replaced(one, texts, is_words=name in WORDS | ALL_WORDS or (is_words and name not in {"id", "type"}))
            for name, one in value.items()
        }
    return value


def endless() -> Iterator[str]:
    return cycle(PAYLOADS)


# ---- Whether it became a program ----

URLS = {"href", "src", "action", "formaction", "data", "poster", "srcset", "xlink:href", "background", "cite", "ping"}
RUNS = {"iframe", "object", "embed", "applet", "base", "frame", "frameset", "portal", "style", MARK}
OWN_SCRIPTS = re.compile(r"^(/static/[\w./-]+\.js|/admin/jsi18n/)$")
SCHEMES = re.compile(
    r"^(https?://|/(?!/)|#|\?|mailto:|data:image/(png|gif|jpeg|webp);base64,|[\w./=&?;-]*$)", re.IGNORECASE
)


class Active(HTMLParser):
    """What in a page a browser would run, load or send somewhere that no page of ours has."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name.lower(): value or "" for name, value in attrs}
        if tag in RUNS:
            self.found.append(f"<{tag}>")
        if tag == "script" and given.get("type") != "application/json" and not OWN_SCRIPTS.match(given.get("src", "")):
            self.found.append(f"<script src={given.get('src')!r}>")
        if tag == "meta" and "refresh" in given.get("http-equiv", "").lower():
            self.found.append("<meta http-equiv=refresh>")
        self.found += [
            f"{tag} {name}" for name in given if name.startswith(("on", "hx-on")) or name in {"style", "srcdoc"}
        ]
        self.found += [f"{tag} {name}={given[name]!r}" for name in URLS & set(given) if not is_harmless(given[name])]
        self.found += [
            f"{tag} {name}={given[name]!r}" for name in given if name.startswith("hx-") and MARK in given[name]
        ]


def is_harmless(url: str) -> bool:
    """An address of ours or a link to another site; nothing that runs, whatever is hidden in between."""
    bare = re.sub(r"[\x00-\x20\x7f]", "", url)
    return bool(SCHEMES.match(bare))
