"""The documentation speaks of what is there: its links lead somewhere, and it names every setting, check and command."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class

from interview_project.testing.environment import names_the_settings_read

ROOT = Path(settings.BASE_DIR)
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
REFERENCE = ROOT / "docs" / "reference"
OF_DJANGO = {"--help", "--version", "--verbosity", "--settings", "--pythonpath", "--traceback"}
OF_DJANGO |= {"--no-color", "--force-color", "--skip-checks"}


def anchors(page):
    """As the usual renderers make them of headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def own_commands():
    return {name for name, app in get_commands().items() if app in {"assessments", "candidates"}}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)):
        path, _, anchor = target.partition("#")
        if "://" in path or path.startswith("mailto:"):
            continue
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


def test_every_page_is_reached_from_the_first():
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        links = re.findall(r"\]\(([^)#\s:]+)", page.read_text())
        waiting += [(page.parent / link).resolve() for link in links if (page.parent / link).exists()]
    assert {page for page in PAGES if page not in seen} == set()


def test_every_setting_is_in_the_reference():
    named = set(re.findall(r"`([A-Z][A-Z_]+)`", (REFERENCE / "configuration.md").read_text()))
    assert names_the_settings_read() - named == set()


def test_every_check_is_in_the_reference():
    numbers = set(re.findall(r'id="(interview\.[EW]\d+)"', (ROOT / "interview_project" / "checks.py").read_text()))
    assert set(re.findall(r"`(interview\.[EW]\d+)`", (REFERENCE / "configuration.md").read_text())) == numbers


@pytest.mark.parametrize("name", sorted(own_commands()))
def test_every_command_and_option_is_in_the_reference(name):
    text = (REFERENCE / "commands.md").read_text()
    section = re.search(rf"^### `{name}\b.*?(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    assert section, "it has no section"
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    options = {option for action in parser._actions for option in action.option_strings if option.startswith("--")}
    assert {option for option in options - OF_DJANGO if option not in section[0]} == set()


def test_the_reference_names_no_command_that_is_gone():
    named = set(re.findall(r"^### `(\w+)", (REFERENCE / "commands.md").read_text(), re.MULTILINE))
    assert named - own_commands() == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_it_names_are_there(page):
    named = set(
        re.findall(r"`((?:interview_project|assessments|candidates|docker|templates)/[\w/.]*\w/?)`", page.read_text())
    )
    assert {name for name in named if not (ROOT / name).exists()} == set()
