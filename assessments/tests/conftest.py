from __future__ import annotations

from collections.abc import Iterator

import pytest

from assessments.tests.fake_gemini import FakeGemini, configured, serving


@pytest.fixture
def fake_gemini() -> Iterator[FakeGemini]:
    with serving() as fake, configured(fake.url):
        yield fake
