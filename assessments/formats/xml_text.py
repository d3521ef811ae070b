"""XML from strangers: no entities of its own, nothing fetched, no tree that fills the memory or the stack."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from assessments.formats.base import FileUnreadable
from assessments.formats.html_tree import local
from assessments.formats.text import MAX_FILE_BYTES

MAX_MARKS = 1_000_000
"""Of ``<``: about half as many elements, of some 150 bytes each."""
MAX_DEPTH = 200
ROOT = re.compile(rb"<(?![?!])([A-Za-z_][\w.:-]*)")
NOT_THE_ROOT = re.compile(rb"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>\[]*(?:\[[^\]]*\])?[^>]*>", re.DOTALL)


def parse_xml(data: bytes) -> Element:
    """Raises :class:`FileUnreadable`."""
    if len(data) > MAX_FILE_BYTES:
        raise FileUnreadable(f"The file is larger than {MAX_FILE_BYTES // 1024 // 1024} MB.")
    if data.count(b"<") > MAX_MARKS:
        raise FileUnreadable(f"The XML has more than {MAX_MARKS:,} tags; split the file.")
    try:
        root: Element = fromstring(
            data.lstrip(b" \t\r\n"), forbid_dtd=False, forbid_entities=True, forbid_external=True
        )
    except ParseError as error:
        line, column = error.position
        reason = str(error).partition(":")[0]
        raise FileUnreadable(f"This is not well-formed XML: {reason} in line {line}, column {column + 1}.") from error
    except DefusedXmlException as error:
        raise FileUnreadable("The XML declares entities of its own, which is not allowed.") from error
    except (ValueError, LookupError) as error:  # an encoding that is not known, or not for XML
        raise FileUnreadable("The encoding that the XML names cannot be read; save the file as UTF-8.") from error
    _require_shallow(root)
    return root


def _require_shallow(root: Element) -> None:
    level = [root]
    for _ in range(MAX_DEPTH):
        level = [child for element in level for child in element]
        if not level:
            return
    raise FileUnreadable(f"Elements of the XML are inside one another more than {MAX_DEPTH} deep.")


def root_name(data: bytes) -> str:
    """The name of the outermost element, without its prefix; ``""`` for what does not begin as XML. Never raises."""
    start = data[:20_000].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if not start.startswith(b"<"):
        return ""
    match = ROOT.search(NOT_THE_ROOT.sub(b"", start))
    return match[1].decode("ascii", "replace").rpartition(":")[2] if match else ""


def child(element: Element | None, *names: str) -> Element | None:
    """Down a path of names, whatever their namespace."""
    for name in names:
        if element is None:
            return None
        element = next((one for one in element if local(one.tag) == name), None)
    return element


def children(element: Element | None, *names: str) -> list[Element]:
    return [one for one in element if local(one.tag) in names] if element is not None else []


def descendants(element: Element, *names: str) -> list[Element]:
    return [one for one in element.iter() if local(one.tag) in names]


def words(element: Element | None) -> str:
    """The text within, on one line."""
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def attribute(element: Element | None, name: str) -> str:
    """Whatever its namespace, prefix or writing of its name (``maxChoices``, ``max-choices``)."""
    if element is None:
        return ""
    wanted = name.replace("-", "").lower()
    return next((value for key, value in element.attrib.items() if local(key).replace("-", "").lower() == wanted), "")
