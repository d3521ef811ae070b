"""One session, told in examples: what the description of the API shows for each shape."""

from __future__ import annotations

from typing import Any

MOMENT = "2026-03-02T09:41:07.218453Z"
RECEIPT = "b7c1f5e02d9a4a1e8c3d6f70915b2e4d8f6a7c90e1d2b3a4f5968778695a4b3c"
ID = "3f0c8b52-8d0e-4a7d-9d52-0a8c1f7e6b21"
KEY = "5e0d4a5e-9a3c-4f3e-8d7b-0c9e2a4b6d10"

START: dict[str, Any] = {"assessment": "practice"}
SENT = {"current": 2, "responses": [{"number": 1, "value": "b", "base_revision": 0, "key": KEY}]}

QUESTION: dict[str, Any] = {
    "number": 1,
    "section": 1,
    "is_shown": True,
    "is_locked": False,
    "question_type": "single_choice",
    "stem": "Why can an index make writes *slower*?",
    "stem_html": "<p>Why can an index make writes <em>slower</em>?</p>",
    "options": [
        {"id": "b", "text": "Each write updates it", "html": "Each write updates it"},
        {"id": "a", "text": "Reads take a lock", "html": "Reads take a lock"},
    ],
    "details": {"is_multiple": False},
    "points": 1,
    "value": "b",
    "revision": 1,
    "flagged": False,
    "saved_at": MOMENT,
}
SECTION = {
    "position": 1,
    "title": "Data and systems",
    "instructions": "",
    "is_one_way": False,
    "is_started": True,
    "seconds": None,
    "remaining_ms": None,
}
STATE: dict[str, Any] = {
    "id": ID,
    "status": "in_progress",
    "title": "Practice: software and data",
    "organisation": "Parley demo",
    "current": 1,
    "revision": 2,
    "remaining_ms": 1_187_322,
    "paused": "",
    "announcements": [],
    "sections": [SECTION],
    "questions": [QUESTION],
    "receipt": "",
    "submitted_at": None,
}
STARTED = {
    **STATE,
    "token": "3f0c8b528d0e4a7d9d520a8c1f7e6b21.90ab41c2d3e4f5061728394a5b6c7d8e:1vxQ2m:Zk3…",
    "recorded": ["Each answer you save, with every earlier version of it and the time it reached us."],
    "consent": "I have read what is recorded, and agree that Parley demo uses my answers to assess me for “Practice”.",
}
SAVED = {"number": 1, "revision": 1, "saved_at": MOMENT, "receipt": RECEIPT}
ALL_SAVED = {"revision": 3, "remaining_ms": 1_180_114, "saved": [SAVED]}
CONFLICT = {
    "detail": "Saved elsewhere in the meantime; both texts are kept.",
    "conflicts": [{"number": 2, "yours": "3.5 s", "theirs": "3500 ms", "revision": 4, "saved_at": MOMENT}],
    "saved": [SAVED],
}
CLOSED = {
    "detail": "This session takes no more saves.",
    "too_late": [{"number": 1, "kept": True}],
    "conflicts": [],
    "saved": [],
}
SUBMITTED = {"receipt": RECEIPT, "submitted_at": MOMENT, "status": "submitted"}
