"""Questions with options to choose from → items of QTI."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from xml.etree.ElementTree import Element

from assessments.formats.qti import scoring
from assessments.formats.qti.elements import element, identifiers
from assessments.formats.qti.writing.parts import Parts, Writer
from assessments.formats.shares import multiple_shares


def single_choice(writer: Writer) -> Parts:
    names = identifiers(one["id"] for one in writer.content["options"])
    shares = {id_: Fraction(str(share)) for id_, share in writer.key.get("credit", {}).items()}
    shares[writer.key["option"]] = Fraction(1)
    entries = [(names[one], share * writer.points) for one, share in shares.items() if share]
    correct = [names[writer.key["option"]]]
    return choice(writer, names, correct, scoring.mapping(entries), scoring.mapped("RESPONSE"))


def true_false(writer: Writer) -> Parts:
    options = [{"id": name, "text": name.capitalize()} for name in ("true", "false")]
    right = str(writer.key["value"]).lower()
    return choice(
        writer,
        {"true": "true", "false": "false"},
        [right],
        scoring.mapping([(right, writer.points)]),
        scoring.mapped("RESPONSE"),
        options=options,
    )


def multiple_choice(writer: Writer) -> Parts:
    names = identifiers(one["id"] for one in writer.content["options"])
    correct = [names[id_] for id_ in writer.key["options"]]
    match writer.key.get("scoring", "right_minus_wrong"):
        case "all_or_nothing":
            return choice(writer, names, correct, None, scoring.exactly(writer.points), is_multiple=True)
        case "per_option":
            rules = scoring.unless_empty(
                scoring.counted(writer.points, scoring.judged_rightly(list(names.values()), correct))
            )
            parts = choice(writer, names, correct, None, rules, is_multiple=True)
            parts.outcomes.append(scoring.outcome("COUNT", "float", "0"))
            return parts
    shares, _ = multiple_shares(writer.content, writer.key)
    entries = [(names[id_], share * writer.points) for id_, share in shares.items() if share]
    mapping = scoring.mapping(entries, highest=writer.points)
    return choice(writer, names, correct, mapping, scoring.mapped("RESPONSE"), is_multiple=True)


def choice(
    writer: Writer,
    names: dict[str, str],
    correct: list[str],
    mapping: Element | None,
    processing: list[Element],
    *,
    is_multiple: bool = False,
    options: Sequence[dict[str, str]] = (),
) -> Parts:
    feedback = {names[id_]: text for id_, text in writer.key.get("feedback", {}).items() if text.strip()}
    many = "multiple" if is_multiple else "single"
    parts = Parts(
        declarations=[
            scoring.declaration("RESPONSE", "identifier", cardinality=many, correct=correct, mapping=mapping)
        ],
        processing=processing,
    )
    if feedback:
        parts.outcomes.append(scoring.outcome("FEEDBACK", "identifier", cardinality=many))
        parts.processing = [*processing, scoring.set_to("FEEDBACK", scoring.variable("RESPONSE"))]
    most = writer.content.get("max_choices") or 0 if is_multiple else 1
    shuffle = "false" if options else writer.shuffled()
    interaction = element(
        "choiceInteraction", {"responseIdentifier": "RESPONSE", "shuffle": shuffle, "maxChoices": str(most)}
    )
    for one in options or writer.content["options"]:
        name = names[one["id"]]
        interaction.append(
            element(
                "simpleChoice",
                {"identifier": name},
                *writer.texts.inline(one["text"]),
                *([told(writer, name, feedback[name])] if name in feedback else []),
            )
        )
    parts.body = [*writer.stem(), interaction]
    return parts


def told(writer: Writer, name: str, feedback: str) -> Element:
    shown = {"outcomeIdentifier": "FEEDBACK", "identifier": name, "showHide": "show"}
    return element("feedbackBlock", shown, *writer.held(writer.texts.blocks(feedback)))
