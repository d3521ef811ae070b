from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from django.test import Client

from assessments.domain import import_reading, import_storing
from assessments.domain.reading import Reader
from assessments.tests.fake_gemini import FakeGemini, configured, serving
from assessments.tests.importing import AUTHOR, signed_in


@pytest.fixture
def fake_gemini() -> Iterator[FakeGemini]:
    with serving() as fake, configured(fake.url):
        yield fake


@pytest.fixture(scope="module")
def process() -> Iterator[Reader]:
    with Reader() as one:
        yield one


@pytest.fixture
def _one_process_for_all(process: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting one takes most of the time of a test of importing."""
    for module in (import_reading, import_storing):
        monkeypatch.setattr(module, "Reader", lambda: nullcontext(process))


@pytest.fixture
def author(_one_process_for_all: None) -> Client:
    return signed_in(*AUTHOR)
