"""The bill of materials says what requirements.txt pins, no more and no less, in the form that scanners read."""

import json
import logging
import runpy
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from django.conf import settings
from packaging.requirements import Requirement

ROOT = Path(settings.BASE_DIR)
SBOM = runpy.run_path(str(ROOT / "docker" / "sbom.py"))
LOCKED = (ROOT / "requirements.txt").read_text()


@pytest.fixture(scope="module")
def bill():
    return SBOM["bill"](LOCKED)


def components(bill):
    return {component["bom-ref"]: component for component in bill["components"]}


def test_it_lists_exactly_the_pins(bill):
    lines = [line.rstrip("\\ ") for line in LOCKED.splitlines() if line[:1].isalnum()]
    wanted = sorted((one.name.lower(), str(one.specifier), str(one.marker or "")) for one in map(Requirement, lines))
    listed = [
        (one["name"], f"=={one['version']}", (one.get("properties") or [{"value": ""}])[0]["value"])
        for one in bill["components"]
    ]
    assert sorted((name, pin, marker.replace("'", '"')) for name, pin, marker in listed) == wanted


def test_every_hash_that_pip_takes_is_in_it(bill):
    hashes = [one["content"] for part in bill["components"] for one in part["externalReferences"][0]["hashes"]]
    assert len(hashes) == len(set(hashes)) == LOCKED.count("--hash=sha256:")


@pytest.fixture(scope="module")
def validator():
    """Imported by whoever needs it: that takes more than a second, in every process that collects tests."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    logging.getLogger("lark").handlers.clear()  # the schema's library brings a handler of its own, for itself alone
    return JsonStrictValidator(SchemaVersion.V1_6)


def test_scanners_can_read_it(bill, validator):
    assert validator.validate_str(json.dumps(bill)) is None


def test_the_validator_would_say_so(bill, validator):
    assert validator.validate_str(json.dumps(bill | {"components": "none"})) is not None


def test_it_says_who_needs_whom(bill):
    needed = {one["ref"]: one["dependsOn"] for one in bill["dependencies"]}
    django = f"pkg:pypi/django@{version('django')}"
    assert django in needed["parley"]
    assert f"pkg:pypi/asgiref@{version('asgiref')}" in needed[django]
    assert {ref for refs in needed.values() for ref in refs} == set(components(bill))


def test_licences_are_those_of_what_is_installed(bill):
    found = components(bill)
    assert found[f"pkg:pypi/django@{version('django')}"]["licenses"] == [{"license": {"name": "BSD-3-Clause"}}]
    assert SBOM["licence_of"]("django", "0.1") == ""
    assert SBOM["licence_of"]("not-installed-here", "1.0") == ""


def test_the_same_pins_give_the_same_bytes(tmp_path):
    for name in ("one.json", "two.json"):
        subprocess.run([sys.executable, ROOT / "docker" / "sbom.py", tmp_path / name], check=True)
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_the_image_has_it():
    assert "docker/sbom.py sbom.cdx.json" in (ROOT / "docker" / "Dockerfile").read_text()
    assert "!docker/sbom.py" in (ROOT / ".dockerignore").read_text().splitlines()
