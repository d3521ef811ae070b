"""Loaded by schemathesis itself: lets it into sessions that exist, and keeps one of them open.

What it makes up as an id finds nothing. So half of its calls go to the session it was given the token of, and those
that submit go to one made for that.
"""

from __future__ import annotations

import os
import random
from typing import Any

import requests
import schemathesis

ROOT, SLUG = os.environ.get("PARLEY_URL", ""), os.environ.get("PARLEY_PRACTICE", "")
SESSION_ID, TOKEN = os.environ.get("PARLEY_SESSION", ""), os.environ.get("PARLEY_TOKEN", "")
tokens = {SESSION_ID: TOKEN}
dice = random.Random(7)


def start() -> dict[str, Any]:
    answer: dict[str, Any] = requests.post(f"{ROOT}/api/v1/sessions", json={"assessment": SLUG}, timeout=20).json()
    tokens[answer["id"]] = answer["token"]
    return answer


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """The session's own token, where schemathesis means to be let in."""
    given = case.path_parameters.get("session_id")
    if given is None:
        return
    if case.path.endswith("/submit") and given == SESSION_ID:
        given = case.path_parameters["session_id"] = start()["id"]
    is_let_in = case.headers.get("Authorization") == f"Bearer {TOKEN}"
    if is_let_in and given in tokens:
        case.headers["Authorization"] = f"Bearer {tokens[given]}"


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    if path_parameters and "session_id" in path_parameters and dice.random() < 0.5:
        path_parameters["session_id"] = SESSION_ID
    return path_parameters


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Sessions that it starts itself are its own, too."""
    if response.status_code == 201:
        started = response.json()
        tokens[started["id"]] = started["token"]
