"""Lists to put in order or to match → items of QTI."""

from __future__ import annotations

from fractions import Fraction

from assessments.formats.qti import scoring
from assessments.formats.qti.elements import element, identifiers
from assessments.formats.qti.writing.parts import Parts, Writer

MAX_NEIGHBOURS = 8
"""Items of which neighbours are compared: each pair at each place is an operator of its own."""


def ordering(writer: Writer) -> Parts:
    names = identifiers(one["id"] for one in writer.content["items"])
    order = [names[id_] for id_ in writer.key["order"]]
    wanted = writer.key.get("scoring", "adjacent_pairs")
    if wanted == "adjacent_pairs" and len(order) > MAX_NEIGHBOURS:
        writer.left.add("the scoring adjacent_pairs of long lists, which becomes per_position")
        wanted = "per_position"
    tests = {"per_position": scoring.in_place, "adjacent_pairs": scoring.side_by_side}.get(wanted)
    interaction = element(
        "orderInteraction",
        {"responseIdentifier": "RESPONSE", "shuffle": "true"},
        *(
            element("simpleChoice", {"identifier": names[one["id"]]}, *writer.texts.inline(one["text"]))
            for one in writer.content["items"]
        ),
    )
    return Parts(
        declarations=[scoring.declaration("RESPONSE", "identifier", cardinality="ordered", correct=order)],
        outcomes=[scoring.outcome("COUNT", "float", "0")] if tests else [],
        body=[*writer.stem(), interaction],
        processing=scoring.counted(writer.points, tests(order)) if tests else scoring.exactly(writer.points),
    )


def matching(writer: Writer) -> Parts:
    prompts = identifiers(f"p{one['id']}" for one in writer.content["prompts"])
    choices = identifiers(f"c{one['id']}" for one in writer.content["choices"])
    pairs = {id_: f"{prompts[f'p{id_}']} {choices[f'c{choice}']}" for id_, choice in writer.key["pairs"].items()}
    is_whole = writer.key.get("scoring") == "all_or_nothing"
    entries = mapped_pairs(writer, pairs, prompts, choices)
    declaration = scoring.declaration(
        "RESPONSE",
        "directedPair",
        cardinality="multiple",
        correct=list(pairs.values()),
        mapping=None if is_whole else scoring.mapping(entries, highest=writer.points),
    )
    processing = scoring.exactly(writer.points) if is_whole else scoring.mapped("RESPONSE")
    most = {"responseIdentifier": "RESPONSE", "shuffle": writer.shuffled(), "maxAssociations": str(len(prompts))}
    halves = [
        (writer.content["prompts"], prompts, "p", "1"),
        (writer.content["choices"], choices, "c", "0"),
    ]
    interaction = element(
        "matchInteraction",
        most,
        *(
            element(
                "simpleMatchSet",
                None,
                *(
                    element(
                        "simpleAssociableChoice",
                        {"identifier": names[f"{mark}{one['id']}"], "matchMax": times},
                        *writer.texts.inline(one["text"]),
                    )
                    for one in half
                ),
            )
            for half, names, mark, times in halves
        ),
    )
    return Parts(declarations=[declaration], body=[*writer.stem(), interaction], processing=processing)


def mapped_pairs(
    writer: Writer, pairs: dict[str, str], prompts: dict[str, str], choices: dict[str, str]
) -> list[tuple[str, Fraction]]:
    weights = {id_: Fraction(str(writer.key.get("weights", {}).get(id_, 1))) for id_ in pairs}
    whole = sum(weights.values(), start=Fraction(0))
    entries = [(pair, writer.points * weights[id_] / whole) for id_, pair in pairs.items()]
    for id_, shares in writer.key.get("credit", {}).items():
        entries += [
            (
                f"{prompts[f'p{id_}']} {choices[f'c{other}']}",
                writer.points * weights[id_] * Fraction(str(share)) / whole,
            )
            for other, share in shares.items()
        ]
    return entries
