"""What a browser without scripts sends of a form that nobody has touched."""

from __future__ import annotations

from html.parser import HTMLParser


class Sent(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._area = self._list = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "input" and name:
            is_choice = given.get("type") in ("radio", "checkbox")
            if given.get("type") not in ("submit", "button") and (not is_choice or "checked" in given):
                self.fields[name] = given.get("value", "").replace("\r", "").replace("\n", "")
        elif tag == "textarea":
            self._area, self.fields[name] = name, ""
        elif tag == "select":
            self._list = name
        elif tag == "option" and self._list and ("selected" in given or self._list not in self.fields):
            self.fields[self._list] = given["value"]

    def handle_data(self, data):
        if self._area:
            self.fields[self._area] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            lines = self.fields[self._area].replace("\r\n", "\n").replace("\r", "\n").removeprefix("\n")
            self.fields[self._area] = lines.replace("\n", "\r\n")
            self._area = ""
        elif tag == "select":
            self._list = ""


def sent(html: str) -> dict[str, str]:
    return Sent(html).fields
