"""Every language that is offered is translated whole, and what runs is what was translated."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from babel.messages.catalog import Catalog, Message
from django.conf import settings
from django.utils import translation

from interview_project import catalogues
from interview_project.catalogues import (
    TAG,
    PlainCatalog,
    as_mo,
    as_po,
    faults,
    found,
    merged,
    messages_of,
    po_path,
    translated,
)

OFFERED = [code for code, _ in settings.LANGUAGES if code != "en"]


@pytest.mark.parametrize("language", OFFERED)
def test_an_offered_language_lacks_nothing(language: str):
    """If this fails: `make messages`, translate, `make messages` again. docs/how-to/translate.md says how."""
    assert faults(merged(language)) == []


@pytest.mark.parametrize("language", OFFERED)
def test_a_catalogue_holds_what_the_sources_ask_for_and_nothing_else(language: str):
    assert {message.id for message in translated(language) if message.id} == {one.id for one in found() if one.id}


@pytest.mark.parametrize("language", sorted(path.name for path in catalogues.LOCALES.iterdir() if path.is_dir()))
def test_what_runs_was_compiled_from_what_is_written(language: str):
    path = po_path(language)
    assert path.with_suffix(".mo").read_bytes() == as_mo(translated(language))
    assert path.read_bytes() == as_po(translated(language)) or path.read_bytes() == as_po(merged(language))


@pytest.mark.parametrize("language", OFFERED)
def test_an_offered_language_is_spoken(language: str):
    with translation.override(language):
        assert translation.gettext("Your record") != "Your record"


def test_no_sentence_of_one_language_stands_in_another():
    said: dict[str, str] = {}
    for language in (one for one in OFFERED if one != "es"):  # which shares some with Portuguese
        for message in translated(language):
            text = message.string if isinstance(message.string, str) else "".join(message.string or ())
            if message.id and len(TAG.sub("", text)) > 40:
                assert said.setdefault(text, language) == language


def test_messages_are_found_in_templates_and_in_python():
    assert len(found()) > 300
    plural = "{% blocktranslate count n=3 %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}"
    template = f'{{% load i18n %}}\n  {{% translate "One" %}}{plural}'
    assert [one[1] for one in messages_of(template, "x.html")] == ["One", ("%(n)s day", "%(n)s days")]
    assert [one[1] for one in messages_of("f(gettext('Two'), _('Three'))", "x.py")] == ["Two", "Three"]


def test_calls_within_formatted_texts_are_found():
    source = """f"{_('Three')}: {x}, {gettext('Four')} " f"{ngettext('a day', '%(n)s days', 2)} {pgettext('place', 'Five')}" """
    assert [(one[1], one[3]) for one in messages_of(source, "x.py")] == [
        ("Three", None),
        ("Four", None),
        (("a day", "%(n)s days"), None),
        ("Five", "place"),
    ]


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (Message("Yes"), "missing"),
        (Message("Yes", "Ja", flags=["fuzzy"]), "unsure"),
        (Message("%(n)s left", "noch %(m)s"), "other placeholders"),
        (Message("%(n)s left", "noch"), "other placeholders"),
        (Message("<b>Yes</b>", "Ja"), "other tags"),
        (Message(("%(n)s day", "%(n)s days"), ("%(n)s Tag", "")), "missing"),
        (Message(("%(n)s day", "%(n)s days"), ("ein Tag", "%(n)s Tage", "%(n)s")), "wrong number of plurals"),
        (Message(("%(n)s day", "%(n)s days"), ("%(x)s Tag", "%(n)s Tage")), "unknown placeholder"),
    ],
)
def test_each_fault_is_found(message: Message, fault: str):
    catalog = PlainCatalog(locale="de")
    catalog[message.id] = message
    assert faults(catalog)[0].startswith(f"{fault}: ")


@pytest.mark.parametrize(
    ("language", "message", "fault"),
    [
        ("fr", Message("Ready?", "Prêt ?"), "a blank before its punctuation that may break"),
        ("fr", Message("“%(n)s”", "« %(n)s »"), "a blank before its punctuation that may break"),
        ("fr", Message("“Now”", "“Maintenant”"), "quotation marks of another language"),
        ("de", Message("“Now”", "„Jetzt”"), "quotation marks of another language"),
        ("es", Message("Ready?", "Listo?"), "a question that does not open"),
        ("ar", Message("Ready?", "جاهز?"), "punctuation of another language"),
        ("hi", Message("Yes.", "हाँ."), "punctuation of another language"),
        ("zh_Hans", Message("Yes.", "是."), "punctuation of another language"),
        ("zh_Hans", Message("Yes. No.", "是。 否。"), "punctuation of another language"),
        ("de", Message("%(count)s left", "noch %(count)s Tage"), "a number that may part from its word"),
        ("de", Message("Question %(number)s", "Frage %(number)s"), "a number that may part from its word"),
    ],
)
def test_what_a_language_does_not_write_is_found(language: str, message: Message, fault: str):
    catalog = PlainCatalog(locale=language)
    catalog[message.id] = message
    assert [one.partition(": ")[0] for one in faults(catalog)] == [fault]


def test_a_sound_translation_has_no_fault():
    catalog = PlainCatalog(locale="de")
    catalog.add(("%(n)s day", "%(n)s days"), ("ein Tag", "%(n)s Tage"))
    catalog.add("<b>%(n)s</b> left", "noch <b>%(n)s</b>")
    assert faults(catalog) == []


@pytest.mark.skipif(shutil.which("msgfmt") is None, reason="gettext is not installed; nothing of ours needs it")
@pytest.mark.parametrize("language", OFFERED)
def test_gettexts_own_tool_agrees(language: str):
    checked = subprocess.run(
        ["msgfmt", "--check-format", "-o", "-", po_path(language)], capture_output=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, b"")


def test_the_same_sources_make_the_same_file():
    catalog: Catalog = PlainCatalog(locale="de")
    catalog.add("Yes", "Ja", locations=[("a.html", 3)])
    assert as_po(catalog) == as_po(catalog)
    assert b"POT-Creation-Date" not in as_po(catalog) + as_mo(catalog)
