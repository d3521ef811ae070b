"""Questions that are answered in writing."""

from __future__ import annotations

from typing import Any

from assessments.admin.question_editors.base import Column, Editor, State, Table, Written, number_of, text_of


class ShortTextEditor(Editor):
    tables = (
        Table(
            "accepted",
            "Accepted answers",
            "Answer",
            (
                Column("text", "Text"),
                Column("match", "Compared", "choice", (("exact", "as a text"), ("regex", "as a pattern"))),
                Column("case_sensitive", "Case matters", "check"),
                Column("credit", "Credit", "short"),
            ),
            help="The best match counts. Extra blanks never matter. A pattern is an RE2 expression for the whole answer. "
            "Credit is the share of the points, 0 to 1; empty: all.",
        ),
    )
    settings = (Column("max_length", "Longest answer", "short", help="In characters. Empty: 200."),)
    wanting = {"key.accepted": "Give at least one answer that is accepted."}

    def state(self, content: dict[str, Any], key: dict[str, Any]) -> State:
        rows = [
            {
                "text": one["text"],
                "match": one.get("match", "exact"),
                "case_sensitive": one.get("case_sensitive", False),
                "credit": text_of(one.get("credit")),
            }
            for one in key["accepted"]
        ]
        return {"accepted": rows, "max_length": text_of(content.get("max_length"))}

    def written(self, state: State) -> Written:
        made = Written(key={"accepted": []})
        for index, row in self.kept(state, "accepted"):
            made.places[f"key.accepted.{len(made.key['accepted'])}"] = ("accepted", index, "text")
            one = {"text": row["text"]}
            made.give(one, "match", row["match"])
            made.give(one, "case_sensitive", row["case_sensitive"])
            if row["credit"].strip():
                one["credit"] = number_of(row["credit"])
            made.key["accepted"].append(one)
        if state["max_length"].strip():
            made.content["max_length"] = number_of(state["max_length"])
        return made


class LongTextEditor(Editor):
    settings = (
        Column("model_answer", "Model answer", "area", help="Markdown: what a good answer says. For reviewers."),
        Column("suggested_words", "Suggested words", "short", help="Told to candidates. Empty: nothing is said."),
        Column("max_length", "Longest answer", "short", help="In characters. Empty: 20,000."),
        Column("show_criteria", "Let candidates see the names and descriptions of the rubric’s criteria", "check"),
    )

    def state(self, content: dict[str, Any], key: dict[str, Any]) -> State:
        return {
            "model_answer": key.get("model_answer", ""),
            "suggested_words": text_of(content.get("suggested_words")),
            "max_length": text_of(content.get("max_length")),
            "show_criteria": content.get("show_criteria", False),
        }

    def written(self, state: State) -> Written:
        made = Written()
        made.give(made.key, "model_answer", state["model_answer"])
        made.give(made.content, "show_criteria", state["show_criteria"])
        for name in ("suggested_words", "max_length"):
            if state[name].strip():
                made.content[name] = number_of(state[name])
        return made
