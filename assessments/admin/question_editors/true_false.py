from __future__ import annotations

from typing import Any

from assessments.admin.question_editors.base import Column, Editor, State, Written

ANSWERS = {"true": True, "false": False}


class TrueFalseEditor(Editor):
    settings = (
        Column("value", "The statement is", "radios", (("true", "True"), ("false", "False"))),
        Column("feedback_true", "Feedback to “true”", "area", help="Markdown, shown with the released key."),
        Column("feedback_false", "Feedback to “false”", "area"),
    )
    wanting = {"key.value": "Say whether the statement is true or false."}

    def state(self, content: dict[str, Any], key: dict[str, Any]) -> State:
        feedback = {f"feedback_{answer}": key.get("feedback", {}).get(answer, "") for answer in ANSWERS}
        return {"value": "true" if key["value"] else "false", **feedback}

    def written(self, state: State) -> Written:
        made = Written(places={f"key.feedback.{answer}": (f"feedback_{answer}", 0, "") for answer in ANSWERS})
        if state["value"] in ANSWERS:
            made.key["value"] = ANSWERS[state["value"]]
        given = {answer: state[f"feedback_{answer}"] for answer in ANSWERS}
        made.give(made.key, "feedback", {answer: text for answer, text in given.items() if text.strip()})
        return made
