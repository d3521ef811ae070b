"""The browser tests' own ground: a real Chromium sees the pages and files that production serves."""

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Page, Response


def test_pages_and_hashed_static_files_arrive(page: Page, live_server):
    responses: list[Response] = []
    page.on("response", lambda response: responses.append(response))  # noqa: PLW0108 - it writes an attribute on this
    page.goto(f"{live_server}/admin/login/")
    assert {response.status for response in responses} == {200}
    styles = [response for response in responses if "/static/admin/css/base." in response.url]
    assert [response.headers["cache-control"] for response in styles] == ["max-age=315360000, public, immutable"]


def test_a_browser_keeps_the_secure_cookies_of_a_local_server(page: Page, live_server, django_user_model):
    django_user_model.objects.create_superuser("ada", password="a long password")
    page.goto(f"{live_server}/admin/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill("a long password")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{live_server}/admin/")
    assert {cookie["name"] for cookie in page.context.cookies()} >= {"__Host-parley_staff"}


@pytest.mark.django_db(transaction=True)
def test_queries_work_beside_playwright(page: Page):
    assert get_user_model().objects.count() == 0
