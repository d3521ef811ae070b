"""One world for all tests of a file: making it costs more than walking through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from django.db import transaction
from django.urls import URLPattern

from candidates.tests.proof.world import World, make_world
from interview_project import urls


@pytest.fixture(scope="module")
def shared_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


@pytest.fixture
def world(shared_world: World, db: None) -> World:
    """As it was made: what one test changes in it, no other test finds."""
    return shared_world


@pytest.fixture
def with_also(settings: Any) -> Callable[..., None]:
    """Serve these addresses, too, before all others unless they come ``last``: what a careless change would add."""

    def serve(*more: URLPattern, last: bool = False) -> None:
        before, after = ([], more) if last else (more, [])
        urlconf = ModuleType("careless")
        urlconf.urlpatterns = [*before, *urls.urlpatterns, *after]  # type: ignore[attr-defined]
        settings.ROOT_URLCONF = urlconf

    return serve
