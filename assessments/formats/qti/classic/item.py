"""What an item of QTI 1.2 says, whatever it asks: about itself, its texts, its responses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from assessments.formats.html_text import html_to_markdown, plain_to_markdown, tree_to_markdown
from assessments.formats.html_tree import Node
from assessments.formats.keyed import CannotTake, Draft
from assessments.formats.pictures import Gallery
from assessments.formats.qti.classic.scoring import ClassicScorer, number
from assessments.formats.qti.interactions import ALL_MIXED, as_points
from assessments.formats.qti.nodes import below, elements, first, named, words

KINDS = ("question_type", "cc_profile")
RESPONSES = ("response_lid", "response_str", "response_num", "response_xy", "response_grp")
FEEDBACK = {
    "general_fb": "",
    "correct_fb": "Right: ",
    "correct": "Right: ",
    "general_incorrect_fb": "Wrong: ",
    "incorrect": "Wrong: ",
    "incorrect_fb": "Wrong: ",
}
Scored = tuple[Draft, Decimal]
"""A question without its text, and its points."""


@dataclass
class ClassicItem:
    node: Node
    gallery: Gallery
    notes: list[str] = field(default_factory=list)

    # ---- What it says about itself ----

    def meta(self, *labels: str) -> str:
        for one in below(self.node, "qtimetadatafield"):
            if words(first(one, "fieldlabel")) in labels and (entry := words(first(one, "fieldentry"))):
                return entry
        found = [words(one) for one in below(self.node, *labels)]
        return next((one for one in found if one), "")

    @property
    def kind(self) -> str:
        """``multiple choice``, ``essay`` and so on, whatever the dialect."""
        written = self.meta(*KINDS) or self.meta("bbmd_questiontype")
        return re.sub(r"^cc\.|\.v0p1$|_question$", "", written).replace("_", " ").strip().lower()

    @property
    def points(self) -> Decimal | None:
        written = self.meta("points_possible") or self.meta("qmd_absolutescore_max")
        value = number(written) if written else None
        return as_points(value) if value is not None and value >= 0 else None

    @property
    def presentation(self) -> Node:
        found = first(self.node, "presentation")
        if found is None:
            raise CannotTake("The item has no presentation.")
        return found

    # ---- Texts ----

    def material(self, node: Node) -> str:
        """All texts and pictures in there as Markdown."""
        parts = [self.one_text(one) for one in below(node, "mattext", "mat_formattedtext", "matimage", "matemtext")]
        return "\n\n".join(part for part in parts if part)

    def one_text(self, node: Node) -> str:
        if node.tag == "matimage":
            source = node.attributes.get("uri", "")
            return tree_to_markdown([Node("img", {"src": source, "alt": words(node)})], self.gallery) if source else ""
        if elements(node):
            return tree_to_markdown(node.children, self.gallery)
        text = node.text()
        kind = (node.attributes.get("texttype") or node.attributes.get("type") or "text/plain").lower()
        is_html = "html" in kind or (kind == "smart_text" and "<" in text)
        return html_to_markdown(text, self.gallery) if is_html else plain_to_markdown(text)

    def stem(self) -> str:
        """The texts of the presentation outside the responses."""
        presentation = first(self.node, "presentation")
        if presentation is None:
            return ""
        inside = {id(one) for response in self.responses for one in response.walk()}
        block = next(
            (one for one in below(presentation, "flow") if one.attributes.get("class") == "QUESTION_BLOCK"), None
        )
        if block is not None:
            return self.material(block)
        texts = [
            one for one in below(presentation, "mattext", "mat_formattedtext", "matimage") if id(one) not in inside
        ]
        return "\n\n".join(part for part in map(self.one_text, texts) if part)

    def feedback(self, ident: str) -> str:
        return next(
            (self.material(one) for one in named(self.node, "itemfeedback") if one.attributes.get("ident") == ident), ""
        )

    def explanation(self) -> str:
        given = [(called, self.feedback(ident)) for ident, called in FEEDBACK.items()]
        parts = [f"{called}{text}" for called, text in given if text]
        parts += [text for one in below(self.node, "solution") if (text := self.material(one))]
        return "\n\n".join(dict.fromkeys(parts))

    def told(self, names: Iterable[str], response: str) -> dict[str, str]:
        """Feedback for single options: what is displayed when nothing else is asked than whether they were chosen."""
        found: dict[str, str] = {}
        for condition in ClassicScorer(self.node).conditions:
            tests = elements(first(condition, "conditionvar"))
            if len(tests) != 1 or tests[0].tag != "varequal" or tests[0].attributes.get("respident") != response:
                continue
            links = [one.attributes.get("linkrefid", "") for one in named(condition, "displayfeedback")]
            texts = [self.feedback(link) for link in links if link not in FEEDBACK]
            if words(tests[0]) in names and any(texts):
                found.setdefault(words(tests[0]), "\n\n".join(text for text in texts if text))
        return found

    # ---- Responses ----

    @property
    def responses(self) -> list[Node]:
        return below(self.presentation, *RESPONSES)

    def labels(self, response: Node) -> dict[str, str]:
        return {one.attributes.get("ident", ""): self.material(one) for one in below(response, "response_label")}

    def is_fixed(self, response: Node) -> bool:
        shuffled = [
            one.attributes.get("shuffle", "").lower() for one in below(response, "render_choice", "ims_render_object")
        ]
        keeps = [one.attributes.get("rshuffle", "").lower() == "no" for one in below(response, "response_label")]
        if "yes" in shuffled and any(keeps):
            if all(keeps):
                return True
            self.notes.append(ALL_MIXED)
        return "no" in shuffled

    def prompt_of(self, response: Node) -> str:
        own = first(response, "material")
        if own is not None:
            return self.material(own)
        around = next((one for one in below(self.presentation, "flow") if response in elements(one)), None)
        return "\n\n".join(part for one in elements(around) if one is not response and (part := self.material(one)))

    def graded(self, best: Fraction, highest: Fraction) -> Decimal:
        """What the file says the question is worth; else its score, unless that is a percentage."""
        if self.points is not None:
            return self.points
        return Decimal(1) if highest == 100 else as_points(best)
