import pytest

PARTS = (
    """{% load partials %}<main>{% partialdef first inline %}<p id="first">{{ name }}</p>{% endpartialdef %}</main>"""
)
HTMX = {"HX-Request": "true"}
pytestmark = pytest.mark.usefixtures("small_views")


@pytest.fixture(autouse=True)
def _parts(settings):
    templates = [dict(engine) for engine in settings.TEMPLATES]
    templates[0]["APP_DIRS"] = False
    loader = ("django.template.loaders.locmem.Loader", {"parts.html": PARTS})
    templates[0]["OPTIONS"] = templates[0]["OPTIONS"] | {
        "loaders": [("template_partials.loader.Loader", [loader])],
        "builtins": ["template_partials.templatetags.partials"],
    }
    settings.TEMPLATES = templates


def test_a_plain_request_gets_the_page(client):
    answer = client.get("/tests/part/")
    assert answer.text == '<main><p id="first">Ann</p></main>'


def test_htmx_gets_the_part_it_asks_for(client):
    answer = client.get("/tests/part/", headers=HTMX | {"HX-Target": "first"})
    assert answer.text == '<p id="first">Ann</p>'


@pytest.mark.parametrize("headers", [HTMX, HTMX | {"HX-Target": "second"}, {"HX-Target": "first"}])
def test_whoever_asks_for_no_part_of_it_gets_the_page(client, headers):
    assert client.get("/tests/part/", headers=headers).text.startswith("<main>")


def test_the_history_gets_the_page(client):
    headers = HTMX | {"HX-Target": "first", "HX-History-Restore-Request": "true"}
    assert client.get("/tests/part/", headers=headers).text.startswith("<main>")


def test_caches_keep_the_two_apart(client):
    assert {"HX-Request", "HX-Target"} <= set(client.get("/tests/part/")["Vary"].split(", "))


def test_the_status_is_the_views(client):
    assert client.get("/tests/part/?status=409", headers=HTMX | {"HX-Target": "first"}).status_code == 409


def test_going_elsewhere_is_a_redirect(client):
    answer = client.post("/tests/elsewhere/")
    assert (answer.status_code, answer["Location"]) == (302, "/there/")


def test_going_elsewhere_by_htmx_takes_the_whole_page_along(client):
    answer = client.post("/tests/elsewhere/", headers=HTMX | {"HX-Target": "first"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/there/")
    assert "Location" not in answer
