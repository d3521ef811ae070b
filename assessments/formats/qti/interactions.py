"""Interactions of QTI as keys. Each finds the scheme that gives what the item gives, for every response it tries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, permutations
from typing import Any

from assessments.domain import markup
from assessments.formats import embedded, keyed
from assessments.formats.embedded import Alternative
from assessments.formats.html_text import tree_to_markdown
from assessments.formats.html_tree import Node
from assessments.formats.keyed import CannotTake, Draft, Shared
from assessments.formats.qti.nodes import below, named, replaced, words
from assessments.formats.qti.processing import NUMERIC, Declaration, Scorer, gathered
from assessments.question_types.choices import letter

ALL_SUBSETS = 8
"""Of so many options every choice is tried; of more, those around the right one."""
ALL_ORDERS = 5
WRONG = "\ufdd0 nobody types this"
NO_PROCESSING = "The file does not say how responses are scored; the correct response it gives is taken as the key."
LOWER = "Points taken away for wrong responses are 0 here."
CUSTOM = "Custom response processing, which gives other points than any scheme here."


@dataclass
class Interaction:
    node: Node
    name: str
    declaration: Declaration
    scorer: Scorer

    def score(self, value: Any) -> Fraction:
        return self.scorer.score(dict.fromkeys(self.scorer.declarations) | {self.name: value})

    @property
    def fixed_order(self) -> bool:
        return self.node.attributes.get("shuffle", "false") != "true"

    def noted(self, draft: Draft) -> Draft:
        if self.scorer.template == "none":
            draft.notes.append(NO_PROCESSING)
        return draft


def as_points(best: Fraction) -> Decimal:
    return (Decimal(best.numerator) / Decimal(best.denominator)).quantize(Decimal("0.01"))


def require_key(best: Fraction) -> Fraction:
    if best <= 0:
        raise CannotTake("No response earns anything: the key is missing.")
    return best


# ---- Choice ----


def choice(interaction: Interaction, shown: dict[str, str], told: dict[str, str]) -> tuple[Draft, Decimal]:
    if interaction.declaration.cardinality == "single":
        scores = {name: interaction.score(name) for name in shown}
        best = require_key(max(scores.values(), default=Fraction(0)))
        shares = {name: score / best for name, score in scores.items()}
        draft = options_of(shown, shares, told, is_single=True, fixed_order=interaction.fixed_order)
        return interaction.noted(true_or_false(draft)), as_points(best)
    return several(interaction, shown, told)


def options_of(
    shown: dict[str, str], shares: dict[str, Fraction], told: dict[str, str], *, is_single: bool, fixed_order: bool
) -> Draft:
    options = [Shared(text, shares.get(name, Fraction(0)), told.get(name, "")) for name, text in shown.items()]
    if not all(option.text for option in options):
        raise CannotTake("An option has no text.")
    return keyed.choice(options, is_single=is_single, fixed_order=fixed_order)


def true_or_false(draft: Draft) -> Draft:
    texts = {option["id"]: option["text"].strip().lower() for option in draft.content["options"]}
    if sorted(texts.values()) != ["false", "true"] or draft.key.get("credit"):
        return draft
    key: dict[str, Any] = {"value": texts[draft.key["option"]] == "true"}
    if feedback := {texts[id_]: text for id_, text in draft.key.get("feedback", {}).items()}:
        key["feedback"] = feedback
    return Draft("true_false", {}, key, draft.notes, draft.remarks)


def several(interaction: Interaction, shown: dict[str, str], told: dict[str, str]) -> tuple[Draft, Decimal]:
    right = tuple(name for name in interaction.declaration.correct or () if name in shown)
    mapping = interaction.declaration.mapping
    if not right and mapping:
        right = tuple(sorted(name for name in shown if mapping.one(name) > 0))
    if not right:
        raise CannotTake("No option is right: the key is missing.")
    tried = {subset: interaction.score(gathered(list(subset), "multiple")) for subset in subsets(sorted(shown), right)}
    best = require_key(max(tried.values()))
    most = interaction.node.attributes.get("maxchoices", "")
    limit = int(most) if most.isascii() and most.isdigit() and 1 < int(most[:6]) < len(shown) else None
    if all(score == (best if set(subset) == set(right) else 0) for subset, score in tried.items()):
        draft = options_of(
            shown, {name: Fraction(1) for name in right}, told, is_single=False, fixed_order=interaction.fixed_order
        )
        draft.key = {name: part for name, part in draft.key.items() if name != "weights"} | {
            "scoring": "all_or_nothing"
        }
    else:
        draft = weighted(interaction, shown, told, tried, best)
    if limit and limit >= len(draft.key["options"]):
        draft.content["max_choices"] = limit
    return interaction.noted(draft), as_points(best)


def weighted(
    interaction: Interaction,
    shown: dict[str, str],
    told: dict[str, str],
    tried: dict[tuple[str, ...], Fraction],
    best: Fraction,
) -> Draft:
    mapping = interaction.declaration.mapping
    singles = {name: mapping.one(name) if mapping else tried[(name,)] for name in shown}
    lowest = min([*tried.values(), Fraction(0)])
    for subset, score in tried.items():
        total = sum((singles[name] for name in subset), start=Fraction(0))
        if max(Fraction(0), min(best, total)) != max(Fraction(0), score):
            raise CannotTake(CUSTOM)
    shares = {name: max(Fraction(-1), min(Fraction(1), single / best)) for name, single in singles.items()}
    draft = options_of(shown, shares, told, is_single=False, fixed_order=interaction.fixed_order)
    if lowest < 0:
        draft.notes.append("A choice never earns less than 0 here.")
    return draft


def subsets(names: Sequence[str], right: Sequence[str]) -> Iterable[tuple[str, ...]]:
    if len(names) <= ALL_SUBSETS:
        yield from (chosen for size in range(len(names) + 1) for chosen in combinations(names, size))
        return
    around = [(), tuple(right), tuple(names), *((name,) for name in names)]
    around += [tuple(name for name in right if name != left) for left in right]
    around += [tuple(sorted({*right, more})) for more in names]
    yield from dict.fromkeys(tuple(sorted(one)) for one in around)


# ---- Order ----


def order(interaction: Interaction, texts: dict[str, str]) -> tuple[Draft, Decimal]:
    right = interaction.declaration.correct
    if not isinstance(right, tuple) or len(set(right)) < 2:
        raise CannotTake("No order is right: the key is missing.")
    if set(right) != set(texts) or len(right) != len(texts):
        raise CannotTake("Only some of the items are put into order; here all of them are.")
    best = require_key(interaction.score(right))
    for other in orders(right):
        if interaction.score(other) != 0 and other != right:
            raise CannotTake(CUSTOM)
    if not all(texts.values()):
        raise CannotTake("An item has no text.")
    ids = {name: str(place) for place, name in enumerate(texts, start=1)}
    draft = Draft(
        "ordering",
        {"items": [{"id": ids[name], "text": text} for name, text in texts.items()]},
        {"order": [ids[name] for name in right], "scoring": "all_or_nothing"},
    )
    return interaction.noted(draft), as_points(best)


def orders(right: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    if len(right) <= ALL_ORDERS:
        yield from permutations(right)
        return
    yield right[::-1]
    for place in range(len(right) - 1):
        yield (*right[:place], right[place + 1], right[place], *right[place + 2 :])


# ---- Match ----


def match(interaction: Interaction, sets: Sequence[dict[str, str]]) -> tuple[Draft, Decimal]:
    if len(sets) != 2:
        raise CannotTake("Matching needs two sets of choices.")
    pairs = right_pairs(interaction)
    prompts, choices, pair = facing(sets, pairs)
    right = tuple(sorted(pairs))
    best = require_key(interaction.score(right))
    per_pair = {
        prompt: interaction.score((pair(prompt, choice),)) for prompt, choice in pairs_by(pairs, prompts).items()
    }
    key: dict[str, Any] = {"pairs": {}}
    draft = Draft("matching")
    if all(score == 0 for score in per_pair.values()) or len(per_pair) == 1:
        key["scoring"] = "all_or_nothing"
        if any(interaction.score(tuple(one for one in right if one != left)) != 0 for left in right):
            raise CannotTake(CUSTOM)
    elif sum(per_pair.values()) == best and all(score > 0 for score in per_pair.values()):
        smallest = min(per_pair.values())
        key["weights"] = {
            prompt: keyed.number(score / smallest) for prompt, score in per_pair.items() if score != smallest
        }
        if any(value < 0 for value in mapped_values(interaction)):
            draft.notes.append(LOWER)
    else:
        raise CannotTake(CUSTOM)
    prompt_ids = {name: str(place) for place, name in enumerate(prompts, start=1)}
    choice_ids = {name: letter(place).lower() for place, name in enumerate(choices)}
    partners = pairs_by(pairs, prompts)
    key["pairs"] = {prompt_ids[name]: choice_ids[partners[name]] for name in prompts}
    if weights := key.pop("weights", {}):
        key["weights"] = {prompt_ids[name]: weight for name, weight in weights.items()}
    draft.content = {
        "prompts": [{"id": prompt_ids[name], "text": text} for name, text in prompts.items()],
        "choices": [{"id": choice_ids[name], "text": text} for name, text in choices.items()],
    }
    if interaction.fixed_order:
        draft.content["fixed_order"] = True
    draft.key = key
    if not all([*prompts.values(), *choices.values()]):
        raise CannotTake("A prompt or a choice has no text.")
    return interaction.noted(draft), as_points(best)


def right_pairs(interaction: Interaction) -> list[str]:
    declared = interaction.declaration
    found = declared.correct
    if not found and declared.mapping:
        found = tuple(key for key, value in declared.mapping.values.items() if value > 0)
    pairs = [
        one
        for one in (found if isinstance(found, tuple) else (found,))
        if isinstance(one, str) and len(one.split()) == 2
    ]
    if not pairs:
        raise CannotTake("No pair is right: the key is missing.")
    return pairs


def facing(sets: Sequence[dict[str, str]], pairs: Sequence[str]) -> tuple[dict[str, str], dict[str, str], Any]:
    """Prompts are the set each of whose members has exactly one partner."""
    for side, (prompts, choices) in enumerate(((sets[0], sets[1]), (sets[1], sets[0]))):
        partners = [one.split()[side] for one in pairs]
        others = [one.split()[1 - side] for one in pairs]
        if sorted(partners) == sorted(prompts) and set(others) <= set(choices) and len(choices) > 1:
            return (
                prompts,
                choices,
                lambda prompt, choice, side=side: f"{prompt} {choice}" if side == 0 else f"{choice} {prompt}",
            )
    raise CannotTake("Matching in which a prompt has several choices, or none, has no counterpart here.")


def pairs_by(pairs: Sequence[str], prompts: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in pairs:
        left, right = one.split()
        found |= {left: right} if left in prompts else {right: left}
    return found


def mapped_values(interaction: Interaction) -> list[Fraction]:
    mapping = interaction.declaration.mapping
    return [*mapping.values.values(), mapping.default] if mapping else []


# ---- Text entry ----


def text_entry(interaction: Interaction) -> tuple[Draft, Decimal]:
    scores = typed_scores(interaction)
    best = require_key(max(scores.values(), default=Fraction(0)))
    accepted = accepted_of(interaction, scores, best)
    draft = Draft(
        "numeric" if interaction.declaration.base_type in NUMERIC else "short_text", {}, {"accepted": accepted}
    )
    return interaction.noted(draft), as_points(best)


def typed_scores(interaction: Interaction) -> dict[Any, Fraction]:
    """What each text or number that the item mentions earns, the others at nothing."""
    declared = interaction.declaration
    if declared.cardinality != "single":
        raise CannotTake(
            f"A blank whose response has the cardinality {declared.cardinality[:20]} has no counterpart here."
        )
    known: list[Any] = [declared.correct] if declared.correct is not None else []
    if declared.mapping:
        known += [keyed_value(key, declared.base_type) for key in declared.mapping.values]
    known += [keyed_value(words(one), declared.base_type) for one in mentioned(interaction)]
    wrong: Any = Fraction(-987654321, 1000) if declared.base_type in NUMERIC else WRONG
    if interaction.score(wrong) > 0:
        raise CannotTake("Any text earns points: it is scored in a way that is not possible here.")
    return {value: interaction.score(value) for value in dict.fromkeys(known) if value != ""}


def mentioned(interaction: Interaction) -> list[Node]:
    """Values that the processing compares the response with."""
    processing = interaction.scorer.processing
    if processing is None:
        return []
    return [
        one
        for test in below(processing, "match", "equal", "stringmatch")
        if any(part.attributes.get("identifier") == interaction.name for part in named(test, "variable"))
        for one in named(test, "basevalue")
    ]


def keyed_value(text: str, base_type: str) -> Any:
    if base_type not in NUMERIC:
        return text
    return Fraction(keyed.decimal(text))


def accepted_of(interaction: Interaction, scores: dict[Any, Fraction], best: Fraction) -> list[dict[str, Any]]:
    declared = interaction.declaration
    accepted = []
    for value, score in scores.items():
        if score <= 0:
            continue
        credit = {"credit": keyed.number(score / best)} if score < best else {}
        if isinstance(value, Fraction):
            accepted.append({"value": decimal_of(value), **credit})
            continue
        in_case = declared.base_type == "string" and interaction.score(value.swapcase()) != score
        case = {"case_sensitive": True} if in_case else {}
        accepted.append({"text": str(value), **case, **credit})
    return accepted


def decimal_of(value: Fraction) -> str:
    return f"{float(value):.15g}"


# ---- Gaps ----


@dataclass
class Gap:
    """A gap and what fills it: the responses worth something, with what each earns alone."""

    interaction: Interaction
    gap: dict[str, Any]
    key: dict[str, Any]
    right: Any
    """The best response, as a part of the interaction's."""
    best: Fraction = Fraction(0)
    notes: list[str] = field(default_factory=list)


def gap(interaction: Interaction) -> Gap:
    if interaction.node.tag == "textentryinteraction":
        return typed_gap(interaction)
    if interaction.declaration.cardinality != "single":
        raise CannotTake("Several interactions, one of which takes several choices.")
    options = named(interaction.node, "inlinechoice", "simplechoice")
    if any(below(one, "img", "object", "svg") for one in options):
        raise CannotTake("A blank to choose for, whose options are more than plain words.")
    names = [one.attributes.get("identifier", "") for one in options]
    scores = {name: interaction.score(name) for name in names}
    right = (
        interaction.declaration.correct
        if interaction.declaration.correct in scores
        else max(scores, key=lambda name: scores[name], default="")
    )
    return chosen_gap(
        interaction,
        [(name, plain_words(one)) for name, one in zip(names, options, strict=True)],
        scores,
        right,
    )


def chosen_gap(
    interaction: Interaction, options: Sequence[tuple[str, str]], scores: dict[str, Fraction], right: Any
) -> Gap:
    best = max(scores.values(), default=Fraction(0))
    shares = {
        name: max(Fraction(0), score / best) if best > 0 else Fraction(name == right) for name, score in scores.items()
    }
    made, key = embedded.gap_of("MC", [Alternative(keyed_html(text), shares[name]) for name, text in options])
    return Gap(interaction, made, key, right, max(best, Fraction(0)))


def plain_words(node: Node) -> str:
    """As a list within a text shows them: mathematics as TeX."""
    return markup.plain(tree_to_markdown(replaced(node, silent).children))


def silent(node: Node) -> list[Node | str] | None:
    """Without feedback, which is for afterwards."""
    return [] if node.tag in ("feedbackinline", "feedbackblock") else None


def keyed_html(text: str) -> str:
    """Words, where HTML is expected."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def typed_gap(interaction: Interaction) -> Gap:
    scores = typed_scores(interaction)
    if not scores:
        raise CannotTake("No response earns anything: the key is missing.")
    best = max(scores.values())
    correct = interaction.declaration.correct
    right = correct if correct is not None and scores[correct] == best else max(scores, key=lambda value: scores[value])
    if best <= 0:
        scores = {right: Fraction(1)}
    accepted = accepted_of(interaction, scores, best) if best > 0 else [plainly(right)]
    return Gap(interaction, {}, {"accepted": accepted}, right, max(best, Fraction(0)))


def plainly(right: Any) -> dict[str, Any]:
    return {"value": decimal_of(right)} if isinstance(right, Fraction) else {"text": str(right), "case_sensitive": True}


def gap_match(interaction: Interaction) -> dict[str, Gap]:
    """A gap for each, filled from the same texts."""
    node = interaction.node
    if below(node, "gapimg"):
        raise CannotTake("Pictures to put into gaps have no counterpart here.")
    texts = [(one.attributes.get("identifier", ""), words(one)) for one in below(node, "gaptext")]
    partners: dict[str, str] = {}
    for pair in right_pairs(interaction):
        text, place = pair.split()
        if place in partners:
            raise CannotTake("A gap that several texts fill has no counterpart here.")
        partners[place] = text
    found = {}
    for one in below(node, "gap"):
        place = one.attributes.get("identifier", "")
        if place not in partners:
            raise CannotTake("A gap has no right text.")
        scores = {name: interaction.score((f"{name} {place}",)) for name, _ in texts}
        if partners[place] not in scores:
            raise CannotTake("The right text of a gap is not among the texts.")
        found[place] = chosen_gap(interaction, texts, scores, partners[place])
        found[place].right = f"{partners[place]} {place}"
    return found


def scored(gaps: Sequence[Gap], scorer: Scorer) -> tuple[Draft, Decimal]:
    """Gap by gap with weights, or all or nothing: whichever gives what the item gives."""
    best = require_key(scorer.score(filled(gaps, scorer)))
    draft = Draft("cloze")
    if scorer.template == "none":
        draft.notes.append(NO_PROCESSING)
    if sum(one.best for one in gaps) == best and all(one.best > 0 for one in gaps):
        weights = [one.best / min(one.best for one in gaps) for one in gaps]
        for one, weight in zip(gaps, weights, strict=True):
            if weight != 1:
                one.key["weight"] = keyed.number(weight)
        if any(value < 0 for one in gaps for value in mapped_values(one.interaction)):
            draft.notes.append(LOWER)
        return draft, as_points(best)
    if all(scorer.score(filled([one for one in gaps if one is not left], scorer)) == 0 for left in gaps):
        draft.key["scoring"] = "all_or_nothing"
        return draft, as_points(best)
    raise CannotTake(CUSTOM)


def filled(gaps: Sequence[Gap], scorer: Scorer) -> dict[str, Any]:
    response: dict[str, Any] = dict.fromkeys(scorer.declarations)
    for one in gaps:
        name = one.interaction.name
        if one.interaction.node.tag == "gapmatchinteraction":
            response[name] = tuple(sorted((*(response[name] or ()), one.right)))
        else:
            response[name] = one.right
    return response


def cloze(marked: str, gaps: Sequence[Gap], draft: Draft) -> tuple[str, Draft]:
    stem, made = embedded.cloze(marked, [(one.gap, one.key) for one in gaps])
    made.notes += draft.notes
    if "scoring" in draft.key:
        made.key["scoring"] = draft.key["scoring"]
    if all(one.interaction.fixed_order for one in gaps):
        made.content["fixed_order"] = True
    return stem, made
