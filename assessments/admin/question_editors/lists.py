"""Questions that are lists: what belongs together, and what comes first. Their ids are made anew when they are stored."""

from __future__ import annotations

from typing import Any

from assessments.admin.question_editors.base import Column, Editor, State, Table, Written


class MatchingEditor(Editor):
    tables = (
        Table(
            "pairs",
            "Pairs",
            "Pair",
            (Column("prompt", "Prompt", "area"), Column("choice", "Its choice", "area")),
            help="Markdown. Write the same choice again where it is right for several prompts.",
        ),
        Table("extra", "Choices that belong to none", "Choice", (Column("text", "Text", "area"),)),
    )
    settings = (
        Column(
            "scoring", "Scoring", "choice", (("per_pair", "Each pair by itself"), ("all_or_nothing", "All or nothing"))
        ),
        Column("fixed_order", "Keep prompts and choices in this order", "check"),
    )
    wanting = {"content.prompts": "Give at least one pair.", "content.choices": "Give at least two choices."}

    def state(self, content: dict[str, Any], key: dict[str, Any]) -> State:
        choices = {one["id"]: one["text"] for one in content["choices"]}
        used = set(key["pairs"].values())
        return {
            "pairs": [
                {"prompt": one["text"], "choice": choices[key["pairs"][one["id"]]]} for one in content["prompts"]
            ],
            "extra": [{"text": text} for id_, text in choices.items() if id_ not in used],
            "scoring": key.get("scoring", "per_pair"),
            "fixed_order": content.get("fixed_order", False),
        }

    def written(self, state: State) -> Written:
        made = Written(content={"prompts": [], "choices": []}, key={"pairs": {}})
        ids: dict[str, str] = {}
        for index, row in self.kept(state, "pairs"):
            prompt = str(len(made.content["prompts"]) + 1)
            made.places[f"content.prompts.{len(made.content['prompts'])}"] = ("pairs", index, "prompt")
            made.content["prompts"].append({"id": prompt, "text": row["prompt"]})
            if row["choice"] not in ids:
                ids[row["choice"]] = add_choice(made, row["choice"], ("pairs", index, "choice"))
            made.key["pairs"][prompt] = ids[row["choice"]]
        for index, row in self.kept(state, "extra"):
            add_choice(made, row["text"], ("extra", index, "text"))
        made.give(made.key, "scoring", state["scoring"])
        made.give(made.content, "fixed_order", state["fixed_order"])
        return made


class OrderingEditor(Editor):
    tables = (
        Table(
            "items",
            "Items in the right order",
            "Item",
            (Column("text", "Text", "area"),),
            help="Markdown, first to last. Candidates always see them mixed up.",
        ),
    )
    settings = (
        Column(
            "scoring",
            "Scoring",
            "choice",
            (
                ("adjacent_pairs", "Each pair of neighbours kept"),
                ("per_position", "Each position by itself"),
                ("all_or_nothing", "All or nothing"),
            ),
        ),
    )
    wanting = {"content.items": "Give at least two items."}

    def state(self, content: dict[str, Any], key: dict[str, Any]) -> State:
        texts = {one["id"]: one["text"] for one in content["items"]}
        return {
            "items": [{"text": texts[id_]} for id_ in key["order"]],
            "scoring": key.get("scoring", "adjacent_pairs"),
        }

    def written(self, state: State) -> Written:
        kept = self.kept(state, "items")
        names = [str(place) for place in range(1, len(kept) + 1)]
        made = Written(key={"order": names})
        made.content["items"] = [{"id": id_, "text": row["text"]} for id_, (_, row) in zip(names, kept, strict=True)]
        made.places = {f"content.items.{place}": ("items", index, "text") for place, (index, _) in enumerate(kept)}
        made.give(made.key, "scoring", state["scoring"])
        return made


def add_choice(made: Written, text: str, place: tuple[str, int, str]) -> str:
    number = len(made.content["choices"])
    made.places[f"content.choices.{number}"] = place
    made.content["choices"].append({"id": f"c{number}", "text": text})
    return f"c{number}"
