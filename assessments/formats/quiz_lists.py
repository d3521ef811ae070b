"""Lists of questions as trivia files, quiz programs and data sets keep them in JSON, JSONL or YAML: fields by meaning.

``[{"question": …, "answers": […], "correct": …}]`` and its many relatives. What is known not to be a question that can
be asked here (programming problems, flash cards, the parse trees of other programs) is rejected record by record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from html import unescape
from typing import Any

from assessments.formats.base import FileUnreadable, Format, Parsed, Rejection, require_few, short
from assessments.formats.document import parse_question
from assessments.formats.headers import OPTION_NAME
from assessments.formats.json_text import load_json
from assessments.formats.meaning import (
    ANSWER,
    DISTRACTORS,
    KEY,
    LIST_NAMES,
    MEANINGS,
    NAMES,
    OPTIONS,
    PERSON_ANSWER,
    SEVERAL_ANSWERS,
    STEM,
    TAG_NAMES,
    normal_name,
)
from assessments.formats.own_jsonl import read_lines
from assessments.formats.own_yaml import where as yaml_where
from assessments.formats.records import Draft, questions_from
from assessments.formats.text import decode_unicode
from assessments.formats.yaml_text import load_yaml

STEM_FIELD = re.compile(rb"[\"']?(?:question|question[ _]?text|stem|prompt|problem|query)[\"']?[ \t]*:", re.IGNORECASE)
OTHERS = re.compile(rb'"hasEmbeddedAnswers"|"type"\s*:\s*"Category"')
TEXT_FIELDS = (
    "type",
    "id",
    "title",
    "points",
    "tolerance",
    "difficulty",
    "explanation",
    "source",
    "competence",
    "licence",
)
NO_LIST = (
    "This is no list of questions: looked for objects with a field named question (or stem, prompt, problem), and for "
    'Parley\'s own "parley" at the top. At the top there {found}.'
)


class QuizList(Format):
    name = "quiz"
    label = "lists of questions in JSON, JSONL or YAML"
    suffixes = (".json", ".jsonl", ".ndjson", ".yaml", ".yml")

    def recognises(self, data: bytes, name: str) -> int:
        start = data[:8000].removeprefix(b"\xef\xbb\xbf").lstrip()
        if start[:1] in (b"{", b"["):
            return 50 if STEM_FIELD.search(start) or OTHERS.search(start) else 20
        is_yaml = name.lower().endswith((".yaml", ".yml")) and STEM_FIELD.search(start)
        return 45 if is_yaml or (re.match(rb"(?:---\s*\n)?-\s+[\w ]+:\s", start) and STEM_FIELD.search(start)) else 0

    def read(self, data: bytes) -> Parsed:
        parsed = Parsed(self.name)
        drafts: list[Draft] = []
        for where, raw in _records(data, parsed):
            require_few(len(drafts) + parsed.total + 1)
            _sort(raw, where, drafts, parsed)
        if not drafts and not parsed.total:
            parsed.warnings.append("The file holds no questions.")
        questions_from(drafts, parsed, usually_from=0)  # as programs count
        return parsed


# ---- Finding the records ----


def _records(data: bytes, parsed: Parsed) -> Iterable[tuple[str, Any]]:
    text = decode_unicode(data)
    if text.lstrip()[:1] not in ("{", "["):
        return _listed(load_yaml(text), yaml_where)
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > 1 and all(line.strip().startswith("{") and line.strip().endswith("}") for line in lines[:2]):
        return read_lines(data, parsed.rejected)
    raw = load_json(text)
    if isinstance(raw, dict) and _is_record(raw):
        return [("line 1", raw)]
    return _listed(raw, lambda index, _: f"questions[{index}]")


def _listed(raw: Any, where: Callable[[int, Any], str]) -> Iterable[tuple[str, Any]]:
    """The list there is, at the top or in a field of the object at the top. Raises :class:`FileUnreadable`."""
    if isinstance(raw, dict):
        lists = [value for value in raw.values() if isinstance(value, list) and any(map(_is_record, value))]
        raw = max(lists, key=len, default=raw)
    if isinstance(raw, list) and (not raw or any(map(_is_record, raw)) or any(map(_is_parse_tree, raw))):
        return ((where(index, item), item) for index, item in enumerate(raw))
    raise FileUnreadable(NO_LIST.format(found=_shape(raw)))


def _is_record(raw: Any) -> bool:
    return isinstance(raw, dict) and any(MEANINGS.get(normal_name(str(name))) == STEM for name in raw)


def _is_parse_tree(raw: Any) -> bool:
    """As GIFT parsers print questions: a stem with its format, a type in their own words."""
    return isinstance(raw, dict) and (isinstance(raw.get("stem"), dict) or raw.get("type") == "Category")


def _shape(raw: Any) -> str:
    if isinstance(raw, dict):
        return f"are {', '.join(short(str(name), 30) for name in list(raw)[:8])}" if raw else "is nothing"
    return "is a list of other things" if isinstance(raw, list) else "is one value"


# ---- Sorting a record by meaning ----


def _sort(raw: Any, where: str, drafts: list[Draft], parsed: Parsed) -> None:
    if not isinstance(raw, dict):
        parsed.rejected.append(Rejection(where, short(str(raw)), "A question must be an object with its fields."))
    elif _is_parse_tree(raw):
        if raw.get("type") != "Category":
            parsed.rejected.append(Rejection(where, _stem_of_tree(raw), _not_ours(raw)))
    elif reason := _not_ours(raw):
        parsed.rejected.append(Rejection(where, short(str(_first_text(raw))), reason))
    elif isinstance(raw.get("content"), dict) or isinstance(raw.get("key"), dict):
        own = parse_question(raw, where=where)
        (parsed.rejected if isinstance(own, Rejection) else parsed.questions).append(own)  # type: ignore[arg-type]
    else:
        drafts.append(draft_of(raw, where))


def _not_ours(raw: dict[str, Any]) -> str:
    """Why a record is no question of a supported type; ``""`` if it may be one."""
    if _is_parse_tree(raw):
        return f'This is what a GIFT parser printed (type "{short(str(raw.get("type")), 20)}"); import the GIFT file itself.'
    if "canonical_solution" in raw or {"entry_point", "test"} <= raw.keys():
        return 'Questions of the type "code" (a programming problem with tests) are not supported.'
    if raw.get("__type__") == "Note" or {"note_model_uuid", "fields"} <= raw.keys():
        return "This is a note of an Anki deck; import the whole deck."
    return ""


def _stem_of_tree(raw: dict[str, Any]) -> str:
    stem = raw.get("stem")
    return short(str(raw.get("title") or (stem.get("text", "") if isinstance(stem, dict) else "")))


def _first_text(raw: dict[str, Any]) -> Any:
    fields = raw.get("fields")
    if isinstance(fields, list) and fields:
        return fields[0]
    return raw.get("task_id") or next((value for value in raw.values() if isinstance(value, str)), "")


TRIVIA = frozenset(("question", "correct_answer", "incorrect_answers", "category", "type"))
"""A record of Open Trivia DB, whose texts are HTML-encoded and whose "multiple" is one of several options."""
TRIVIA_TYPES = {"multiple": "single_choice"}


def _plain(raw: dict[str, Any]) -> dict[str, Any]:
    return {name: _decoded(value) for name, value in raw.items()} | {
        "type": TRIVIA_TYPES.get(str(raw["type"]), raw["type"])
    }


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(one) if isinstance(one, str) else one for one in value]
    return unescape(value) if isinstance(value, str) else value


def draft_of(raw: dict[str, Any], where: str) -> Draft:
    if raw.keys() >= TRIVIA:
        raw = _plain(raw)
    fields = _by_meaning(raw)
    options, option_names, marked = _options(fields, raw)
    key: Any = fields.get(KEY, fields.get(ANSWER, "") if options else "")
    one_fact = len(options) == 1 and key in ("", 0, options[0])
    return Draft(
        where=where,
        stem=_text(fields.get(STEM, "")),
        options=options,
        option_names=option_names,
        distractors=tuple(map(_text, _as_list(fields.get(DISTRACTORS, [])))),
        key=_key(key) if not one_fact else "",
        right=marked if key == "" else (),
        answer="" if options else _text(fields.get(ANSWER, fields.get(KEY, ""))),
        tags=tuple(_tags(raw)),
        is_short=one_fact,
        **{name: _text(fields[name]) for name in TEXT_FIELDS if name in fields},
    )


def _by_meaning(raw: dict[str, Any]) -> dict[str, Any]:
    """Of several fields with one meaning, the one whose name is the surest."""
    ranked: dict[str, tuple[int, Any]] = {}
    for name, value in raw.items():
        meaning = MEANINGS.get(normal_name(str(name)))
        if meaning is None or value is None or meaning == PERSON_ANSWER:
            continue
        rank = NAMES[meaning].index(normal_name(str(name)))
        if meaning not in ranked or rank < ranked[meaning][0]:
            ranked[meaning] = rank, value
    fields = {meaning: value for meaning, (_, value) in ranked.items()}
    several = next((value for name, value in raw.items() if normal_name(str(name)) in SEVERAL_ANSWERS), None)
    if OPTIONS not in fields and isinstance(several, list | dict):
        fields[OPTIONS] = several  # "answers" beside a key are what to choose from
        single = raw.get("answer", raw.get("Answer"))
        fields.pop(ANSWER, None)
        if single is not None:
            fields.setdefault(KEY, single)
    return fields


def _options(fields: dict[str, Any], raw: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[int, ...]]:
    """Texts, the names they go by, and the positions marked as correct on the options themselves."""
    given = fields.get(OPTIONS)
    if isinstance(given, dict):
        return tuple(map(_text, given.values())), tuple(map(str, given)), ()
    if isinstance(given, list):
        marked = tuple(index for index, option in enumerate(given) if isinstance(option, dict) and _is_marked(option))
        return tuple(map(_option_text, given)), (), marked
    named = {
        name: value
        for name, value in raw.items()
        if _is_option_name(str(name)) and isinstance(value, str | int | float)
    }
    return (tuple(map(_text, named.values())), tuple(named), ()) if len(named) > 1 else ((), (), ())


def _is_option_name(name: str) -> bool:
    match = OPTION_NAME.fullmatch(normal_name(name))
    return match is not None and (match[1] is not None or match[2] is not None)


def _is_marked(option: dict[str, Any]) -> bool:
    by_name = {normal_name(str(name)): value for name, value in option.items()}
    return any(by_name.get(name) is True for name in ("correct", "iscorrect", "isanswer", "right", "answer"))


def _option_text(option: Any) -> str:
    if isinstance(option, dict):
        by_name = {normal_name(str(name)): value for name, value in option.items()}
        return _text(
            next(
                (
                    by_name[name]
                    for name in ("text", "option", "answer", "label", "value", "content")
                    if name in by_name
                ),
                "",
            )
        )
    return _text(option)


def _key(key: Any) -> str | tuple[str, ...]:
    return tuple(map(_text, key)) if isinstance(key, list) else _text(key)


def _tags(raw: dict[str, Any]) -> Iterator[str]:
    for name, value in raw.items():
        if normal_name(str(name)) not in TAG_NAMES:
            continue
        is_list = isinstance(value, str) and normal_name(str(name)) in LIST_NAMES
        for item in value.split(",") if is_list else _as_list(value):
            yield _text(item)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "\n".join(value)
    return ""
