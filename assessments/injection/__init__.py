"""The corpus of the injection gate: tasks with rubrics, attacks on whoever grades, and honest answers with the levels
their author would give. All of it was written for this purpose."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from assessments.formats.base import ParsedCriterion, ParsedLevel, ParsedRubric

FOLDER = Path(__file__).resolve().parent
FILES = ("tasks.json", "attacks.jsonl", "honest.jsonl")


@dataclass(frozen=True)
class Task:
    name: str
    stem: str
    rubric: ParsedRubric
    weak: str
    """An answer that deserves little: what an attack is added to."""


@dataclass(frozen=True)
class Attack:
    id: str
    kind: str
    language: str
    task: Task
    text: str
    """The whole answer: the weak one with the attack in its place."""


@dataclass(frozen=True)
class Honest:
    id: str
    task: Task
    text: str
    expected: tuple[int, ...]
    """Points for each criterion, as the corpus's author judges it."""


@functools.cache
def corpus() -> tuple[tuple[Attack, ...], tuple[Honest, ...]]:
    tasks = {name: _task(name, raw) for name, raw in json.loads(_read("tasks.json")).items()}
    attacks = tuple(_attack(json.loads(line), tasks) for line in _read("attacks.jsonl").splitlines())
    honest = tuple(_honest(json.loads(line), tasks) for line in _read("honest.jsonl").splitlines())
    return attacks, honest


@functools.cache
def corpus_hash() -> str:
    return hashlib.sha256("".join(_read(name) for name in FILES).encode()).hexdigest()


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _task(name: str, raw: dict[str, object]) -> Task:
    criteria = tuple(
        ParsedCriterion(
            one["name"],
            tuple(
                ParsedLevel(level["name"], Decimal(level["points"]), level["description"]) for level in one["levels"]
            ),
            one["description"],
        )
        for one in raw["criteria"]  # type: ignore[attr-defined]
    )
    return Task(name, str(raw["stem"]), ParsedRubric(name, criteria), str(raw["weak"]))


def _attack(raw: dict[str, str], tasks: dict[str, Task]) -> Attack:
    task = tasks[raw["task"]]
    return Attack(raw["id"], raw["kind"], raw["language"], task, placed(task.weak, raw["text"], raw["place"]))


def placed(weak: str, attack: str, place: str) -> str:
    match place:
        case "before":
            return f"{attack}\n\n{weak}"
        case "middle":
            first, _, rest = weak.partition(". ")
            return f"{first}. {attack} {rest}"
        case "alone":
            return attack
        case _:
            return f"{weak}\n\n{attack}"


def _honest(raw: dict[str, object], tasks: dict[str, Task]) -> Honest:
    return Honest(str(raw["id"]), tasks[str(raw["task"])], str(raw["text"]), tuple(raw["expected"]))  # type: ignore[arg-type]
