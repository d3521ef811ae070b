"""QTI 1.2 in the dialects of Canvas, Blackboard and Common Cartridge → questions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import Element

from assessments.formats import embedded, keyed
from assessments.formats.base import Parsed, ParsedBank, ParsedQuestion, require_few, short
from assessments.formats.html_text import html_to_markdown, plain_to_markdown, tree_to_markdown
from assessments.formats.html_tree import Node
from assessments.formats.keyed import CannotTake, Draft, Shared
from assessments.formats.media import Gallery
from assessments.formats.qti.classic_scoring import ClassicScorer, number
from assessments.formats.qti.interactions import CUSTOM, as_points, orders, require_key, subsets, true_or_false
from assessments.formats.qti.nodes import below, elements, first, named, tree_of, words

KINDS = ("question_type", "cc_profile")
UNSUPPORTED = {
    "calculated": "A formula, whose numbers are computed anew for each candidate.",
    "file upload": "Candidates hand in a file, which is not possible here.",
    "text only": "Text without a question.",
    "hot spot": "The type hot spot has no counterpart here.",
    "categorization": "The type categorization has no counterpart here.",
    "opinion scale": "An opinion scale has no key.",
    "quiz bowl": "The type quiz bowl has no counterpart here.",
    "jumbled sentence": "The type jumbled sentence has no counterpart here.",
    "pattern match": "The type pattern match has no counterpart here.",
}
BLANK = re.compile(r"\[([^\[\]\s][^\[\]]{0,98})\]")
RESPONSES = ("response_lid", "response_str", "response_num", "response_xy", "response_grp")
FEEDBACK = {
    "general_fb": "",
    "correct_fb": "Right: ",
    "correct": "Right: ",
    "general_incorrect_fb": "Wrong: ",
    "incorrect": "Wrong: ",
    "incorrect_fb": "Wrong: ",
}
GapAndKey = tuple[dict[str, Any], dict[str, Any]]


def read_classic(root: Element, parsed: Parsed, gallery: Gallery, where: str) -> None:
    tree = tree_of(root)
    titles = [one.attributes.get("title", "") for one in below(tree, "assessment", "objectbank")]
    if len(titles) == 1 and not parsed.bank.name:
        parsed.bank = ParsedBank(name=short(titles[0]))
    for place, node in enumerate(below(tree, "item"), start=1):
        identifier = node.attributes.get("ident", "") or words(next(iter(below(node, "bbmd_asi_object_id")), None))
        title = words(node.attributes.get("title", ""))
        spot = f"{where}, item {place}" if where else f"item {place}"
        require_few(parsed.total + 1)
        item = ClassicItem(node, gallery)
        gallery.begin(item.notes)
        try:
            question = item.question(where=spot, identifier=identifier, title=title)
        except CannotTake as reason:
            named_ = title if title and title != "Question" else words(item.stem()) or identifier
            parsed.rejected.append(keyed.rejection(spot, named_, reason))
            continue
        parsed.questions.append(question)
        called = short(question.title or question.stem, 40)
        parsed.warnings += [f"{spot} ({called}): {note}" for note in dict.fromkeys(item.notes)]


@dataclass
class ClassicItem:
    node: Node
    gallery: Gallery
    notes: list[str] = field(default_factory=list)

    def question(self, *, where: str, identifier: str, title: str) -> ParsedQuestion:
        stem, draft, points = self.read()
        self.notes += draft.notes
        return keyed.finished(
            draft,
            where=where,
            stem=stem,
            explanation=self.explanation(),
            identity=identifier,
            title="" if title == "Question" else title,
            points=points,
        )

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

    @property
    def responses(self) -> list[Node]:
        return below(self.presentation, *RESPONSES)

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

    # ---- Types ----

    def read(self) -> tuple[str, Draft, Decimal]:
        kind = self.kind
        for name, reason in UNSUPPORTED.items():
            if kind.startswith(name):
                raise CannotTake(reason)
        responses = self.responses
        if not responses:
            raise CannotTake("Text without a question: there is nothing to respond to.")
        for tags, reason in (
            (("response_xy", "render_hotspot"), UNSUPPORTED["hot spot"]),
            (("response_grp",), "A response that groups things has no counterpart here."),
            (("render_slider",), "The type slider has no counterpart here."),
        ):
            if below(self.presentation, *tags):
                raise CannotTake(reason)
        draft, points = (
            self.several(responses, kind)
            if len(responses) > 1 or ("blank" in kind and BLANK.search(self.stem()))
            else self.one(responses[0], kind)
        )
        if draft.type == "cloze":
            return draft.content.pop("stem"), draft, points
        return self.stem(), draft, points

    def one(self, response: Node, kind: str) -> tuple[Draft, Decimal]:
        if response.tag == "response_lid":
            cardinality = response.attributes.get("rcardinality", "Single").lower()
            readers = {"single": self.single, "multiple": self.multiple, "ordered": self.ordered}
            if cardinality not in readers:
                raise CannotTake(f'A response of the cardinality "{cardinality[:20]}" has no counterpart here.')
            return readers[cardinality](response)
        scorer = ClassicScorer(self.node)
        tests = [one for condition in scorer.conditions for one in below(condition, "varequal", "vargte", "vargt")]
        if kind.startswith(("essay", "short response")) or not tests:
            return self.long_text(), self.points or Decimal(1)
        fib = next(iter(below(response, "render_fib")), None)
        is_number = fib is not None and fib.attributes.get("fibtype", "").lower() in ("decimal", "integer")
        if kind.startswith("numeric") or response.tag == "response_num" or is_number:
            return self.numeric(scorer, response)
        return self.short_text(scorer, response)

    def labels(self, response: Node) -> dict[str, str]:
        return {one.attributes.get("ident", ""): self.material(one) for one in below(response, "response_label")}

    def is_fixed(self, response: Node) -> bool:
        shuffled = [
            one.attributes.get("shuffle", "").lower() for one in below(response, "render_choice", "ims_render_object")
        ]
        return "no" in shuffled

    def graded(self, best: Fraction, highest: Fraction) -> Decimal:
        """What the file says the question is worth; else its score, unless that is a percentage."""
        if self.points is not None:
            return self.points
        return Decimal(1) if highest == 100 else as_points(best)

    def single(self, response: Node) -> tuple[Draft, Decimal]:
        scorer, name, shown = ClassicScorer(self.node), response.attributes.get("ident", ""), self.labels(response)
        scores = {option: scorer.score({name: option}) for option in shown}
        best = require_key(max(scores.values(), default=Fraction(0)))
        told = self.told(shown, name)
        options = [Shared(text, scores[option] / best, told.get(option, "")) for option, text in shown.items()]
        options = without_empty(options, self.notes)
        draft = keyed.choice(options, is_single=True, fixed_order=self.is_fixed(response))
        return true_or_false(draft), self.graded(best, scorer.highest)

    def multiple(self, response: Node) -> tuple[Draft, Decimal]:
        scorer, name, shown = ClassicScorer(self.node), response.attributes.get("ident", ""), self.labels(response)
        right = self.named_right(name, shown)
        tried = {subset: scorer.score({name: subset}) for subset in subsets(sorted(shown), right)}
        best = require_key(max(tried.values(), default=Fraction(0)))
        told = self.told(shown, name)
        is_fixed = self.is_fixed(response)
        winners = [subset for subset, score in tried.items() if score == best]
        if (
            len(winners) == 1
            and winners[0]
            and all(score <= 0 for subset, score in tried.items() if subset != winners[0])
        ):
            options = [
                Shared(text, Fraction(option in winners[0]), told.get(option, "")) for option, text in shown.items()
            ]
            draft = keyed.choice(without_empty(options, self.notes), is_single=False, fixed_order=is_fixed)
            draft.key = {part: value for part, value in draft.key.items() if part != "weights"} | {
                "scoring": "all_or_nothing"
            }
            return draft, self.graded(best, scorer.highest)
        singles = {option: tried[(option,)] for option in shown}
        for subset, score in tried.items():
            total = sum((singles[option] for option in subset), start=Fraction(0))
            if max(Fraction(0), min(best, total)) != max(Fraction(0), score):
                raise CannotTake(CUSTOM)
        options = [
            Shared(text, max(Fraction(-1), min(Fraction(1), singles[option] / best)), told.get(option, ""))
            for option, text in shown.items()
        ]
        return keyed.choice(without_empty(options, self.notes), is_single=False, fixed_order=is_fixed), self.graded(
            best, scorer.highest
        )

    def named_right(self, name: str, shown: dict[str, str]) -> tuple[str, ...]:
        """Options that a condition for points wants chosen."""
        found = []
        for condition in ClassicScorer(self.node).conditions:
            if not named(condition, "setvar"):
                continue
            unwanted = {id(one) for node in below(condition, "not") for one in node.walk()}
            found += [
                words(one)
                for one in below(condition, "varequal")
                if id(one) not in unwanted and one.attributes.get("respident") == name
            ]
        return tuple(sorted({one for one in found if one in shown}))

    def ordered(self, response: Node) -> tuple[Draft, Decimal]:
        scorer = ClassicScorer(self.node, is_ordered=True)
        name, shown = response.attributes.get("ident", ""), self.labels(response)
        require_texts(shown)
        tests = [[words(one) for one in below(condition, "varequal")] for condition in scorer.conditions]
        right = next((tuple(test) for test in tests if len(test) > 1 and set(test) == set(shown)), ())
        if len(right) != len(shown) or len(right) < 2:
            raise CannotTake("No order of all items is right: the key is missing.")
        best = require_key(scorer.score({name: right}))
        if any(scorer.score({name: other}) > 0 for other in orders(right) if other != right):
            raise CannotTake(CUSTOM)
        ids = {option: str(place) for place, option in enumerate(shown, start=1)}
        items = [{"id": ids[option], "text": text} for option, text in shown.items()]
        key = {"order": [ids[option] for option in right], "scoring": "all_or_nothing"}
        return Draft("ordering", {"items": items}, key), self.graded(best, scorer.highest)

    def long_text(self) -> Draft:
        draft = Draft("long_text")
        if solutions := [text for one in below(self.node, "solution") if (text := self.material(one))]:
            draft.key = {"model_answer": "\n\n".join(solutions)}
        return draft

    def short_text(self, scorer: ClassicScorer, response: Node) -> tuple[Draft, Decimal]:
        name = response.attributes.get("ident", "")
        texts = {words(one): one for condition in scorer.conditions for one in below(condition, "varequal")}
        scores = {text: scorer.score({name: text}) for text in texts if text}
        best = require_key(max(scores.values(), default=Fraction(0)))
        answers = [(text, score / best, "") for text, score in scores.items()]
        in_case = all(texts[text].attributes.get("case", "No").lower() == "yes" for text in scores)
        draft = keyed.short_text(distinct(answers, in_case=in_case), case_sensitive=in_case, wildcards=False)
        return draft, self.graded(best, scorer.highest)

    def numeric(self, scorer: ClassicScorer, response: Node) -> tuple[Draft, Decimal]:
        """A number, or a range between two bounds, for each condition that earns points."""
        name, found = response.attributes.get("ident", ""), []
        for condition in scorer.conditions:
            for low, high, middle in bounds(condition):
                probe = middle or str(float((low + high) / 2))
                score = scorer.score({name: probe})
                if score > 0:
                    found.append((low, high, score))
        best = require_key(max((score for _, _, score in found), default=Fraction(0)))
        accepted = []
        for low, high, score in dict.fromkeys(found):
            if any(
                low >= other[0] and high <= other[1] and score <= other[2] and other != (low, high, score)
                for other in found
            ):
                continue
            share = score / best
            ends = written(low), written(high)
            is_one = low == high
            accepted.append(keyed.accepted_number(ends[0], "", share) if is_one else keyed.accepted_range(*ends, share))
        return Draft("numeric", {}, {"accepted": accepted}), self.graded(best, scorer.highest)

    # ---- Several responses ----

    def several(self, responses: list[Node], kind: str) -> tuple[Draft, Decimal]:
        blanks = set(BLANK.findall(self.stem()))
        names = {one.attributes.get("ident", "").removeprefix("response_") for one in responses}
        if names & blanks:
            return self.cloze(responses, kind)
        if all(one.tag == "response_lid" for one in responses) and (kind.startswith("matching") or not kind):
            return self.matching(responses)
        raise CannotTake("Several responses, which neither match nor fill in blanks of the text.")

    def matching(self, responses: list[Node]) -> tuple[Draft, Decimal]:
        scorer = ClassicScorer(self.node)
        flows = below(self.presentation, "flow")
        right_block = next((one for one in flows if one.attributes.get("class") == "RIGHT_MATCH_BLOCK"), None)
        listed = [self.material(one) for one in named(right_block, "flow")]
        pairs: list[tuple[str, str]] = []
        texts: dict[str, None] = {}
        scores = []
        for response in responses:
            name = response.attributes.get("ident", "")
            labels = self.labels(response)
            if listed:
                labels = dict(zip(labels, listed, strict=False))
            earned = {label: scorer.score({name: label}) for label in labels}
            prompt = self.prompt_of(response)
            if not prompt and not any(labels[label] for label, score in earned.items() if score > 0):
                self.notes.append("A prompt without text and points is left out.")
                continue
            best = require_key(max(earned.values(), default=Fraction(0)))
            if sum(score > 0 for score in earned.values()) > 1:
                raise CannotTake("Matching in which several choices are right for a prompt has no counterpart here.")
            right = max(earned, key=lambda label: earned[label])
            pairs.append((prompt, labels[right]))
            texts |= dict.fromkeys(labels.values())
            scores.append(best)
        if len(set(scores)) > 1:
            raise CannotTake("Pairs that earn different points have no counterpart here.")
        if not all(prompt for prompt, _ in pairs):
            raise CannotTake("A prompt has no text.")
        used = {choice for _, choice in pairs}
        draft = keyed.matching([*pairs, *(("", text) for text in texts if text and text not in used)])
        return draft, self.graded(sum(scores, start=Fraction(0)), scorer.highest)

    def prompt_of(self, response: Node) -> str:
        own = first(response, "material")
        if own is not None:
            return self.material(own)
        around = next((one for one in below(self.presentation, "flow") if response in elements(one)), None)
        return "\n\n".join(part for one in elements(around) if one is not response and (part := self.material(one)))

    def cloze(self, responses: list[Node], kind: str) -> tuple[Draft, Decimal]:
        scorer = ClassicScorer(self.node)
        text, gaps, total = self.stem(), [], Fraction(0)
        earned: list[Fraction] = []
        for response in responses:
            name = response.attributes.get("ident", "")
            gap, best = self.gap(response, name, scorer, kind)
            earned.append(best)
            marker = f"[{name.removeprefix('response_')}]"
            if text.count(marker) != 1:
                raise CannotTake(f"The blank {short(marker, 60)} is not in the text once.")
            gaps.append((marker, gap))
            total += best
        for place, (marker, (_, key)) in enumerate(gaps, start=1):
            text = text.replace(marker, "{{" + str(place) + "}}")
            if weight := (earned[place - 1] / min(earned)) - 1:
                key["weight"] = keyed.number(weight + 1)
        stem, draft = embedded.cloze(text, [gap for _, gap in gaps])
        draft.content["stem"] = stem
        return draft, self.graded(total, scorer.highest)

    def gap(self, response: Node, name: str, scorer: ClassicScorer, kind: str) -> tuple[GapAndKey, Fraction]:
        labels = self.labels(response)
        if not labels or response.tag != "response_lid":
            raise CannotTake("Blanks without the texts that are right for them.")
        scores = {label: scorer.score({name: label}) for label in labels}
        best = require_key(max(scores.values()))
        typed_as = {one.attributes.get("answer_type", "") for one in below(response, "response_label")}
        if kind.startswith("fill in") and typed_as <= {"", "openEntry"}:
            # Canvas lists what is accepted, and gives points for the first of it.
            accepted = distinct([(embedded.words(text), Fraction(1), "") for text in labels.values()], in_case=False)
            return embedded.gap_of("SA", [embedded.Alternative(text, share) for text, share, _ in accepted]), best
        options = [embedded.Alternative(text, scores[label] / best) for label, text in labels.items()]
        return embedded.gap_of("MC", options), best


def require_texts(shown: dict[str, str]) -> None:
    if not all(shown.values()):
        raise CannotTake("An option has no text.")


def without_empty(options: list[Shared], notes: list[str]) -> list[Shared]:
    """Canvas keeps the lines its authors left empty. One that earns something is a mistake to be told."""
    kept = [option for option in options if option.text]
    if any(option.share > 0 and not option.text for option in options):
        raise CannotTake("The right option has no text.")
    if len(kept) < len(options):
        notes.append("An option without text is left out.")
    return kept


def distinct(answers: list[tuple[str, Fraction, str]], *, in_case: bool) -> list[tuple[str, Fraction, str]]:
    """Where case does not matter, ``Blank`` and ``blank`` are one answer."""
    found: dict[str, tuple[str, Fraction, str]] = {}
    for answer in answers:
        found.setdefault(answer[0] if in_case else answer[0].casefold(), answer)
    return list(found.values())


def bounds(condition: Node) -> list[tuple[Fraction, Fraction, str]]:
    """Numbers and ranges that a condition speaks of, each with a number inside."""
    found = []
    for one in below(condition, "varequal"):
        value = number(words(one))
        if value is not None:
            found.append((value, value, words(one)))
    for group in [condition, *below(condition, "and", "conditionvar")]:
        lows = [number(words(one)) for one in named(group, "vargte", "vargt")]
        highs = [number(words(one)) for one in named(group, "varlte", "varlt")]
        if len(lows) == 1 and len(highs) == 1 and lows[0] is not None and highs[0] is not None:
            found.append((lows[0], highs[0], ""))
    return found


def written(value: Fraction) -> str:
    return f"{float(value):.15g}"
