import pytest
from django.test import Client, RequestFactory

from interview_project.errors import csrf_failure, unavailable


def test_a_grown_old_form_is_explained():
    answer = csrf_failure(RequestFactory().post("/"), reason="Origin checking failed")
    assert answer.status_code == 403
    assert "send that once more" in answer.content.decode()
    assert "Origin checking" not in answer.content.decode()


@pytest.mark.django_db
def test_a_post_without_its_token_gets_that_page():
    answer = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "a", "password": "b"})
    assert answer.status_code == 403
    assert "Nothing was changed" in answer.text


def test_unavailable_says_when_to_come_back_and_replaces_nothing():
    answer = unavailable(RequestFactory().post("/"))
    assert (answer.status_code, answer["Retry-After"], answer["HX-Reswap"]) == (503, "2", "none")
