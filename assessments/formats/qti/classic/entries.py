"""Items of QTI 1.2 with one response that is typed → drafts of questions."""

from __future__ import annotations

from fractions import Fraction

from assessments.formats import keyed
from assessments.formats.html_tree import Node
from assessments.formats.keyed import Draft
from assessments.formats.qti.classic.item import ClassicItem, Scored
from assessments.formats.qti.classic.scoring import ClassicScorer, number
from assessments.formats.qti.interactions import require_key
from assessments.formats.qti.nodes import below, named, words


def long_text(item: ClassicItem) -> Draft:
    draft = Draft("long_text")
    if solutions := [text for one in below(item.node, "solution") if (text := item.material(one))]:
        draft.key = {"model_answer": "\n\n".join(solutions)}
    return draft


def short_text(item: ClassicItem, scorer: ClassicScorer, response: Node) -> Scored:
    name = response.attributes.get("ident", "")
    texts = {words(one): one for condition in scorer.conditions for one in below(condition, "varequal")}
    scores = {text: scorer.score({name: text}) for text in texts if text}
    best = require_key(max(scores.values(), default=Fraction(0)))
    answers = [(text, score / best, "") for text, score in scores.items()]
    in_case = all(texts[text].attributes.get("case", "No").lower() == "yes" for text in scores)
    draft = keyed.short_text(distinct(answers, in_case=in_case), case_sensitive=in_case, wildcards=False)
    return draft, item.graded(best, scorer.highest)


def numeric(item: ClassicItem, scorer: ClassicScorer, response: Node) -> Scored:
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
    return Draft("numeric", {}, {"accepted": accepted}), item.graded(best, scorer.highest)


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
