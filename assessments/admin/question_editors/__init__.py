"""How each question type is written in a form. Cloze is not here: its gaps stand within a text, and that is JSON."""

from __future__ import annotations

from typing import Any

from assessments.admin.question_editors.base import Editor, State
from assessments.admin.question_editors.choices import MultipleChoiceEditor, SingleChoiceEditor
from assessments.admin.question_editors.lists import MatchingEditor, OrderingEditor
from assessments.admin.question_editors.numeric import NumericEditor
from assessments.admin.question_editors.texts import LongTextEditor, ShortTextEditor
from assessments.admin.question_editors.true_false import TrueFalseEditor
from assessments.admin.question_editors.widget import as_a_browser_sends
from assessments.enums import QuestionTypeName
from assessments.question_types import ContentInvalid, QuestionType

__all__ = ["EDITORS", "Editor", "state_of"]

EDITORS: dict[str, Editor] = {
    QuestionTypeName.SINGLE_CHOICE: SingleChoiceEditor(),
    QuestionTypeName.MULTIPLE_CHOICE: MultipleChoiceEditor(),
    QuestionTypeName.TRUE_FALSE: TrueFalseEditor(),
    QuestionTypeName.MATCHING: MatchingEditor(),
    QuestionTypeName.ORDERING: OrderingEditor(),
    QuestionTypeName.NUMERIC: NumericEditor(),
    QuestionTypeName.SHORT_TEXT: ShortTextEditor(),
    QuestionTypeName.LONG_TEXT: LongTextEditor(),
}
MOST_ROWS = 100
"""Beyond this a page of boxes is no help, and would be refused for its number of fields."""


def state_of(type_: QuestionType[Any, Any], content: dict[str, Any], key: dict[str, Any]) -> State | None:
    """The boxes of this question, or ``None`` where they would not give back all that it says."""
    editor = EDITORS.get(type_.name)
    if editor is None:
        return None
    try:
        whole = type_.normal(content, key)
        state = editor.state(*whole)
        again = editor.written(as_a_browser_sends(editor, state))
        is_whole = type_.normal(again.content, again.key) == whole
    except ContentInvalid:
        return None
    rows = sum(len(state[table.name]) for table in editor.tables)
    return state if is_whole and rows <= MOST_ROWS else None
