"""What MDN's HTTP Observatory would say of six kinds of page, by its own tests and grader, without a network.

It is a package of npm: ``npm install --ignore-scripts @mdn/mdn-http-observatory`` anywhere, then
``OBSERVATORY=…/node_modules/@mdn/mdn-http-observatory make test-nightly``.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.templatetags.static import static

from candidates.tests.admin_rows import make_staff
from candidates.tests.making import make_attempt, sit_down
from candidates.tests.proof.world import World

OBSERVATORY = os.environ.get("OBSERVATORY", "")
GRADER = Path(__file__).with_name("observatory.mjs")
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.nightly,
    pytest.mark.skipif(not OBSERVATORY, reason="OBSERVATORY does not name the scanner's folder"),
]


def grades(pages: dict[str, Any]) -> dict[str, dict[str, Any]]:
    lines = [json.dumps({"name": name, **facts(answer)}) for name, answer in pages.items()]
    command = ["node", str(GRADER), OBSERVATORY]
    done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=True)
    return {one["name"]: one for one in map(json.loads, done.stdout.splitlines())}


def facts(answer: Any) -> dict[str, Any]:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    cookies = [morsel.OutputString() for morsel in answer.cookies.values()]
    return {"status": answer.status_code, "headers": dict(answer.items()), "cookies": cookies, "body": body.decode()}


@pytest.fixture
def pages(settings: Any) -> dict[str, Any]:
    """As behind TLS, where the settings say so by PUBLIC_URL."""
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 31_536_000, True
    attempt, root = make_attempt(), make_staff(is_superuser=True)
    client = sit_down(World.anonymous(None), attempt)  # type: ignore[arg-type] # it needs nothing of it
    addresses = {
        "home": "/",
        "a question": f"/attempts/{attempt.pk}/questions/1/",
        "sign-in": "/admin/login/",
        "an error": "/nowhere/",
        "static": static("css/base.css"),
    }
    found = {name: client.get(url, secure=True) for name, url in addresses.items()}
    client.force_login(root)
    return found | {"admin": client.get("/admin/", secure=True)}


def test_six_kinds_of_page_get_the_best_grade(pages):
    found = grades(pages)
    assert {name: one["grade"] for name, one in found.items()} == dict.fromkeys(pages, "A+")
    assert min(one["score"] for one in found.values()) >= 120


def test_a_page_without_its_policy_gets_less(pages):
    """Guard: it grades what it is given."""
    del pages["home"].headers["Content-Security-Policy"]
    assert grades(pages)["home"]["grade"] != "A+"
