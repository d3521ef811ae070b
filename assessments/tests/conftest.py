from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from assessments.tests.fake_gemini import FakeGemini, configured, serving
from assessments.tests.importing import AUTHOR, signed_in


@pytest.fixture
def fake_gemini() -> Iterator[FakeGemini]:
    with serving() as fake, configured(fake.url):
        yield fake


@pytest.fixture
def author() -> Client:
    return signed_in(*AUTHOR)
