"""Questions with options: one row an option, which says whether it is right."""

from __future__ import annotations

from itertools import count
from typing import Any

from assessments.admin.question_editors.base import Column, Editor, Row, State, Table, Written, number_of, text_of
from assessments.question_types.choices import letter

ID = Column("id", "", "hidden")
TEXT = Column("text", "Text", "area")
FEEDBACK = Column("feedback", "Feedback", "area")
FIXED_ORDER = Column("fixed_order", "Keep the options in this order", "check")
OPTIONS_HELP = "Markdown. Feedback is shown with the released key. An option whose row you empty is gone."
TOO_FEW = "Give at least two options."


class SingleChoiceEditor(Editor):
    tables = (
        Table(
            "options",
            "Options",
            "Option",
            (ID, Column("right", "Right", "radio"), TEXT, Column("credit", "Credit", "short"), FEEDBACK),
            help=f"{OPTIONS_HELP} Credit is the share of the points another option earns: 0.5.",
        ),
    )
    settings = (FIXED_ORDER,)
    wanting = {"key.option": "Mark the option that is right.", "content.options": TOO_FEW}

    def state(self, content: dict[str, Any], key: dict[str, Any]) -> State:
        credit = key.get("credit", {})
        rows = [
            {**row, "right": row["id"] == key["option"], "credit": text_of(credit.get(row["id"]))}
            for row in option_rows(content, key)
        ]
        return {"options": rows, "fixed_order": content.get("fixed_order", False)}

    def written(self, state: State) -> Written:
        made, rows = option_parts(self, state)
        right = [id_ for id_, row in rows.items() if row["right"]]
        if right:
            made.key["option"] = right[0]
        made.give(made.key, "credit", column_of(rows, "credit"))
        return made


class MultipleChoiceEditor(Editor):
    tables = (
        Table(
            "options",
            "Options",
            "Option",
            (
                ID,
                Column("rank", "", "hidden"),
                Column("right", "Right", "check"),
                TEXT,
                Column("weight", "Weight", "short"),
                FEEDBACK,
            ),
            help=f"{OPTIONS_HELP} Weights, -1 to 1, count only where the scoring is by weight.",
        ),
    )
    settings = (
        Column(
            "scoring",
            "Scoring",
            "choice",
            (
                ("right_minus_wrong", "A wrong choice cancels a right one, never below 0"),
                ("per_option", "Each option judged by itself"),
                ("all_or_nothing", "All or nothing"),
                ("weighted", "By weight"),
            ),
        ),
        Column("max_choices", "At most", "short", help="How many options may be chosen. Empty: any number."),
        FIXED_ORDER,
    )
    wanting = {"key.options": "Mark at least one option as right.", "content.options": TOO_FEW}

    def state(self, content: dict[str, Any], key: dict[str, Any]) -> State:
        rank = {id_: str(place) for place, id_ in enumerate(key["options"])}
        weights = key.get("weights", {})
        rows = [
            {
                **row,
                "rank": rank.get(row["id"], ""),
                "right": row["id"] in rank,
                "weight": text_of(weights.get(row["id"])),
            }
            for row in option_rows(content, key)
        ]
        return {
            "options": rows,
            "scoring": key.get("scoring", "right_minus_wrong"),
            "max_choices": text_of(content.get("max_choices")),
            "fixed_order": content.get("fixed_order", False),
        }

    def written(self, state: State) -> Written:
        made, rows = option_parts(self, state)
        right = [id_ for id_, row in rows.items() if row["right"]]
        made.key["options"] = sorted(right, key=lambda id_: rank_of(rows[id_]))
        made.give(made.key, "scoring", state["scoring"])
        made.give(made.key, "weights", column_of(rows, "weight"))
        if state["max_choices"].strip():
            made.content["max_choices"] = number_of(state["max_choices"])
        return made


def option_rows(content: dict[str, Any], key: dict[str, Any]) -> list[Row]:
    feedback = key.get("feedback", {})
    return [
        {"id": one["id"], "text": one["text"], "feedback": feedback.get(one["id"], "")} for one in content["options"]
    ]


def option_parts(editor: Editor, state: State) -> tuple[Written, dict[str, Row]]:
    """Content and feedback, and the rows by the id of their option. An option keeps its id, and a new one gets the next."""
    kept = editor.kept(state, "options")
    taken = {row["id"] for _, row in kept}
    fresh = (id_ for id_ in (letter(place).lower() for place in count()) if id_ not in taken)
    made, rows = Written(content={"options": []}), {}
    for index, row in kept:
        id_ = row["id"] or next(fresh)
        made.places[f"content.options.{len(made.content['options'])}"] = ("options", index, "text")
        made.places |= {f"key.{name}.{id_}": ("options", index, name) for name in ("feedback", "credit")}
        made.places[f"key.weights.{id_}"] = ("options", index, "weight")
        made.content["options"].append({"id": id_, "text": row["text"]})
        rows[id_] = row
    made.give(made.content, "fixed_order", state["fixed_order"])
    made.give(made.key, "feedback", {id_: row["feedback"] for id_, row in rows.items() if row["feedback"].strip()})
    return made, rows


def column_of(rows: dict[str, Row], column: str) -> dict[str, Any]:
    return {id_: number_of(row[column]) for id_, row in rows.items() if row[column].strip()}


def rank_of(row: Row) -> tuple[bool, int]:
    """Those that were right before keep their order in the key; the others follow."""
    known = row["rank"].isascii() and row["rank"].isdigit() and len(row["rank"]) < 6
    return not known, int(row["rank"]) if known else 0
