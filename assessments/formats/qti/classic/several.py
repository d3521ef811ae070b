"""Items of QTI 1.2 with several responses, which match or fill in blanks → drafts of questions."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from assessments.formats import embedded, keyed
from assessments.formats.base import short
from assessments.formats.html_tree import Node
from assessments.formats.keyed import CannotTake
from assessments.formats.qti.classic.entries import distinct
from assessments.formats.qti.classic.item import ClassicItem, Scored
from assessments.formats.qti.classic.scoring import ClassicScorer
from assessments.formats.qti.interactions import require_key
from assessments.formats.qti.nodes import below, named

BLANK = re.compile(r"\[([^\[\]\s][^\[\]]{0,98})\]")
GapAndKey = tuple[dict[str, Any], dict[str, Any]]


def several(item: ClassicItem, responses: list[Node], kind: str) -> Scored:
    blanks = set(BLANK.findall(item.stem()))
    names = {one.attributes.get("ident", "").removeprefix("response_") for one in responses}
    if names & blanks:
        return cloze(item, responses, kind)
    if all(one.tag == "response_lid" for one in responses) and (kind.startswith("matching") or not kind):
        return matching(item, responses)
    raise CannotTake("Several responses, which neither match nor fill in blanks of the text.")


def matching(item: ClassicItem, responses: list[Node]) -> Scored:
    scorer = ClassicScorer(item.node)
    flows = below(item.presentation, "flow")
    right_block = next((one for one in flows if one.attributes.get("class") == "RIGHT_MATCH_BLOCK"), None)
    listed = [item.material(one) for one in named(right_block, "flow")]
    pairs: list[tuple[str, str]] = []
    texts: dict[str, None] = {}
    scores = []
    for response in responses:
        name = response.attributes.get("ident", "")
        labels = item.labels(response)
        if listed:
            labels = dict(zip(labels, listed, strict=False))
        earned = {label: scorer.score({name: label}) for label in labels}
        prompt = item.prompt_of(response)
        if not prompt and not any(labels[label] for label, score in earned.items() if score > 0):
            item.notes.append("A prompt without text and points is left out.")
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
    return draft, item.graded(sum(scores, start=Fraction(0)), scorer.highest)


def cloze(item: ClassicItem, responses: list[Node], kind: str) -> Scored:
    scorer = ClassicScorer(item.node)
    text, gaps, total = item.stem(), [], Fraction(0)
    earned: list[Fraction] = []
    for response in responses:
        name = response.attributes.get("ident", "")
        gap, best = gap_of(item, response, name, scorer, kind)
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
    return draft, item.graded(total, scorer.highest)


def gap_of(
    item: ClassicItem, response: Node, name: str, scorer: ClassicScorer, kind: str
) -> tuple[GapAndKey, Fraction]:
    labels = item.labels(response)
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
