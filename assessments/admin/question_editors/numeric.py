from __future__ import annotations

from typing import Any

from assessments.admin.question_editors.base import Column, Editor, State, Table, Written, number_of, text_of

NUMBERS = ("value", "tolerance", "min", "max")


class NumericEditor(Editor):
    tables = (
        Table(
            "accepted",
            "Accepted numbers",
            "Number",
            (
                Column("value", "Value", "short"),
                Column("tolerance", "±", "short"),
                Column("relative", "± is a share", "check"),
                Column("min", "or from", "short"),
                Column("max", "to", "short"),
                Column("credit", "Credit", "short"),
            ),
            help="A value, with a tolerance if you like (0.05 as a share is 5 %), or a range. The best match counts. "
            "Credit is the share of the points, 0 to 1; empty: all.",
        ),
        Table(
            "units",
            "Units",
            "Unit",
            (
                Column("unit", "Unit", "short"),
                Column("factor", "One of it is", "short"),
                Column("offered", "Offered to candidates", "check"),
            ),
            help="How much one of each is, in the unit of the accepted numbers: with those in ms, “s” is 1000.",
        ),
    )
    settings = (
        Column("unit_required", "A number without a unit does not count", "check"),
        Column("placeholder", "Placeholder", "text", help="Seen in the empty field."),
    )
    wanting = {"key.accepted": "Give at least one number that is accepted."}

    def state(self, content: dict[str, Any], key: dict[str, Any]) -> State:
        accepted = [
            {
                **{name: text_of(one.get(name)) for name in (*NUMBERS, "credit")},
                "relative": one.get("relative", False),
            }
            for one in key["accepted"]
        ]
        factors, offered = key.get("units", {}), content.get("units", [])
        units = [*offered, *(unit for unit in factors if unit not in offered)]
        return {
            "accepted": accepted,
            "units": [{"unit": one, "factor": factors.get(one, ""), "offered": one in offered} for one in units],
            "unit_required": key.get("unit_required", False),
            "placeholder": content.get("placeholder", ""),
        }

    def written(self, state: State) -> Written:
        made = Written(key={"accepted": []})
        for index, row in self.kept(state, "accepted"):
            made.places[f"key.accepted.{len(made.key['accepted'])}"] = ("accepted", index, "value")
            one: dict[str, Any] = {name: row[name].strip().replace(",", ".") for name in NUMBERS if row[name].strip()}
            made.give(one, "relative", row["relative"])
            if row["credit"].strip():
                one["credit"] = number_of(row["credit"])
            made.key["accepted"].append(one)
        self._write_units(made, state)
        made.give(made.key, "unit_required", state["unit_required"])
        made.give(made.content, "placeholder", state["placeholder"])
        return made

    def _write_units(self, made: Written, state: State) -> None:
        factors: dict[str, str] = {}
        offered: list[str] = []
        for index, row in self.kept(state, "units"):
            made.places.setdefault("key.units", ("units", index, "unit"))
            made.places[f"key.units.{row['unit']}"] = ("units", index, "factor")
            if row["factor"].strip():
                factors[row["unit"]] = row["factor"].strip().replace(",", ".")
            if row["offered"]:
                made.places[f"content.units.{len(offered)}"] = ("units", index, "unit")
                offered.append(row["unit"])
        made.give(made.key, "units", factors)
        made.give(made.content, "units", offered)
