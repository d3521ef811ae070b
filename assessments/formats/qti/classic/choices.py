"""Items of QTI 1.2 with one response that chooses or orders → drafts of questions."""

from __future__ import annotations

from fractions import Fraction

from assessments.formats import keyed
from assessments.formats.html_tree import Node
from assessments.formats.keyed import CannotTake, Draft, Shared
from assessments.formats.qti.classic.item import ClassicItem, Scored
from assessments.formats.qti.classic.scoring import ClassicScorer
from assessments.formats.qti.interactions import CUSTOM, orders, require_key, subsets
from assessments.formats.qti.nodes import below, named, words


def single(item: ClassicItem, response: Node) -> Scored:
    scorer, name, shown = ClassicScorer(item.node), response.attributes.get("ident", ""), item.labels(response)
    scores = {option: scorer.score({name: option}) for option in shown}
    best = require_key(max(scores.values(), default=Fraction(0)))
    told = item.told(shown, name)
    options = [Shared(text, scores[option] / best, told.get(option, "")) for option, text in shown.items()]
    options = without_empty(options, item.notes)
    draft = keyed.choice(options, is_single=True, fixed_order=item.is_fixed(response))
    return keyed.true_or_false(draft), item.graded(best, scorer.highest)


def multiple(item: ClassicItem, response: Node) -> Scored:
    scorer, name, shown = ClassicScorer(item.node), response.attributes.get("ident", ""), item.labels(response)
    right = named_right(item, name, shown)
    tried = {subset: scorer.score({name: subset}) for subset in subsets(sorted(shown), right)}
    best = require_key(max(tried.values(), default=Fraction(0)))
    told = item.told(shown, name)
    is_fixed = item.is_fixed(response)
    winners = [subset for subset, score in tried.items() if score == best]
    if len(winners) == 1 and winners[0] and all(score <= 0 for subset, score in tried.items() if subset != winners[0]):
        options = [Shared(text, Fraction(option in winners[0]), told.get(option, "")) for option, text in shown.items()]
        draft = keyed.choice(without_empty(options, item.notes), is_single=False, fixed_order=is_fixed)
        return keyed.scored_by(draft, "all_or_nothing"), item.graded(best, scorer.highest)
    singles = {option: tried[(option,)] for option in shown}
    for subset, score in tried.items():
        total = sum((singles[option] for option in subset), start=Fraction(0))
        if max(Fraction(0), min(best, total)) != max(Fraction(0), score):
            raise CannotTake(CUSTOM)
    options = [
        Shared(text, max(Fraction(-1), min(Fraction(1), singles[option] / best)), told.get(option, ""))
        for option, text in shown.items()
    ]
    return keyed.choice(without_empty(options, item.notes), is_single=False, fixed_order=is_fixed), item.graded(
        best, scorer.highest
    )


def named_right(item: ClassicItem, name: str, shown: dict[str, str]) -> tuple[str, ...]:
    """Options that a condition for points wants chosen."""
    found = []
    for condition in ClassicScorer(item.node).conditions:
        if not named(condition, "setvar"):
            continue
        unwanted = {id(one) for node in below(condition, "not") for one in node.walk()}
        found += [
            words(one)
            for one in below(condition, "varequal")
            if id(one) not in unwanted and one.attributes.get("respident") == name
        ]
    return tuple(sorted({one for one in found if one in shown}))


def ordered(item: ClassicItem, response: Node) -> Scored:
    scorer = ClassicScorer(item.node, is_ordered=True)
    name, shown = response.attributes.get("ident", ""), item.labels(response)
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
    return Draft("ordering", {"items": items}, key), item.graded(best, scorer.highest)


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
