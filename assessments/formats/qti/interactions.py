"""Interactions of QTI as keys. Each finds the scheme that gives what the item gives, for every response it tries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, permutations
from typing import Any

from assessments.formats import keyed
from assessments.formats.html_tree import Node
from assessments.formats.keyed import CannotTake, Draft, Shared
from assessments.formats.qti.declarations import Declaration, gathered
from assessments.formats.qti.nodes import below
from assessments.formats.qti.processing import Scorer
from assessments.question_types.choices import letter
from assessments.question_types.multiple_choice import per_option
from assessments.question_types.ordering import SCHEMES as ORDERING_SCHEMES

ALL_SUBSETS = 8
"""Of so many options every choice is tried; of more, those around the right one."""
ALL_ORDERS = 5
NO_PROCESSING = "The file does not say how responses are scored; the correct response it gives is taken as the key."
FIXABLE = ("simplechoice", "simpleassociablechoice", "inlinechoice", "gaptext")
ALL_MIXED = "Some options keep their place there; here all of them are mixed."
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
        return self.node.attributes.get("shuffle", "false") != "true" or (any(self._fixed) and all(self._fixed))

    @property
    def _fixed(self) -> list[bool]:
        """Of each choice, whether it keeps its place."""
        return [one.attributes.get("fixed") == "true" for one in below(self.node, *FIXABLE)]

    def noted(self, draft: Draft) -> Draft:
        if self.scorer.template == "none":
            draft.notes.append(NO_PROCESSING)
        if not self.fixed_order and any(self._fixed):
            draft.notes.append(ALL_MIXED)
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
        return interaction.noted(keyed.true_or_false(draft)), as_points(best)
    return several(interaction, shown, told)


def options_of(
    shown: dict[str, str], shares: dict[str, Fraction], told: dict[str, str], *, is_single: bool, fixed_order: bool
) -> Draft:
    options = [Shared(text, shares.get(name, Fraction(0)), told.get(name, "")) for name, text in shown.items()]
    if not all(option.text for option in options):
        raise CannotTake("An option has no text.")
    return keyed.choice(options, is_single=is_single, fixed_order=fixed_order)


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
    limit = int(most) if most.isascii() and most.isdigit() and 1 <= int(most[:6]) < len(shown) else None
    if scheme := whole_scheme(tried, shown, right, best):
        shares = dict.fromkeys(right, Fraction(1))
        draft = options_of(shown, shares, told, is_single=False, fixed_order=interaction.fixed_order)
        keyed.scored_by(draft, scheme)
    else:
        draft = weighted(interaction, shown, told, tried, best)
    if limit and limit >= len(draft.key["options"]):
        draft.content["max_choices"] = limit
    return interaction.noted(draft), as_points(best)


def whole_scheme(
    tried: dict[tuple[str, ...], Fraction], shown: dict[str, str], right: Sequence[str], best: Fraction
) -> str:
    """The scheme without weights that gives these scores, or nothing."""
    if all(score == (best if set(subset) == set(right) else 0) for subset, score in tried.items()):
        return "all_or_nothing"
    options = set(shown)
    is_per_option = all(
        score == (best * per_option(set(subset), set(right), options) if subset else 0)
        for subset, score in tried.items()
    )
    return "per_option" if is_per_option else ""


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
    scoring = scheme_of(right, {other: interaction.score(other) / best for other in orders(right)})
    if not all(texts.values()):
        raise CannotTake("An item has no text.")
    ids = {name: str(place) for place, name in enumerate(texts, start=1)}
    draft = Draft(
        "ordering",
        {"items": [{"id": ids[name], "text": text} for name, text in texts.items()]},
        {"order": [ids[name] for name in right], "scoring": scoring},
    )
    return interaction.noted(draft), as_points(best)


def scheme_of(right: tuple[str, ...], shares: dict[tuple[str, ...], Fraction]) -> str:
    """The scoring that gives these shares. Raises :class:`CannotTake`."""
    for name, scheme in ORDERING_SCHEMES.items():
        if all(scheme(list(other), list(right)) == share for other, share in shares.items()):
            return name
    raise CannotTake(CUSTOM)


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
    if "scoring" not in key and (credit := partial(interaction, prompts, choices, pair, partners, per_pair)):
        key["credit"] = {
            prompt_ids[prompt]: {choice_ids[choice]: share for choice, share in shares.items()}
            for prompt, shares in credit.items()
        }
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


def partial(
    interaction: Interaction,
    prompts: dict[str, str],
    choices: dict[str, str],
    pair: Callable[[str, str], str],
    partners: dict[str, str],
    per_pair: dict[str, Fraction],
) -> dict[str, dict[str, int | float]]:
    """What other choices earn, where a mapping gives them something."""
    found: dict[str, dict[str, int | float]] = {}
    mapping = interaction.declaration.mapping
    if mapping is None:
        return found
    for prompt in prompts:
        for choice in choices:
            earned = mapping.one(pair(prompt, choice))
            if choice != partners[prompt] and 0 < earned <= per_pair[prompt]:
                found.setdefault(prompt, {})[choice] = keyed.number(earned / per_pair[prompt])
    return found


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
