import pytest
from django.core.exceptions import ImproperlyConfigured

from interview_project.env import Env


@pytest.mark.parametrize("value", ["1", "true", "Yes", " ON "])
def test_what_means_on(value):
    assert Env({"DEBUG": value}).flag("DEBUG", default=False) is True


@pytest.mark.parametrize("value", ["0", "false", "No", "off"])
def test_what_means_off(value):
    assert Env({"DEBUG": value}).flag("DEBUG", default=True) is False


@pytest.mark.parametrize("values", [{}, {"DEBUG": ""}, {"DEBUG": "  "}])
def test_nothing_means_the_default(values):
    assert Env(values).flag("DEBUG", default=True) is True
    assert Env(values).text("DEBUG", "so") == "so"
    assert Env(values).number("DEBUG", 7) == 7
    assert Env(values).words("DEBUG", ("a", "b")) == ["a", "b"]
    assert Env(values).choice("DEBUG", ("x", "y"), "y") == "y"
    assert Env(values).url("DEBUG", "https://a.example", schemes=("https",)) == "https://a.example"


@pytest.mark.parametrize("value", ["maybe", "2", "tru", "yes please"])
def test_a_flag_that_cannot_be_meant_stops_the_boot(value):
    with pytest.raises(ImproperlyConfigured, match=rf"^DEBUG is '{value}'; it must be 1 or 0"):
        Env({"DEBUG": value}).flag("DEBUG", default=False)


@pytest.mark.parametrize("value", ["-1", "1.5", "1_000", "ten", "1e3", "²", "٣", "0x10"])
def test_a_number_that_cannot_be_meant_stops_the_boot(value):
    with pytest.raises(ImproperlyConfigured, match=r"^WORKERS is .*; it must be a whole number, 0 or more"):
        Env({"WORKERS": value}).number("WORKERS", 1)


def test_a_number_has_a_least():
    assert Env({"WORKERS": "1"}).number("WORKERS", 2, at_least=1) == 1
    with pytest.raises(ImproperlyConfigured, match="1 or more"):
        Env({"WORKERS": "0"}).number("WORKERS", 2, at_least=1)


@pytest.mark.parametrize("value", ["2:30", "24:00", "02:60", "02:30:00", "0230", "night", "٠٢:٣٠"])
def test_an_hour_that_cannot_be_meant_stops_the_boot(value):
    with pytest.raises(ImproperlyConfigured, match=r"^BACKUP_AT is .* it must be a time of day such as 02:30\.$"):
        Env({"BACKUP_AT": value}).hour("BACKUP_AT", "")


def test_an_hour_is_of_the_day():
    assert Env({"BACKUP_AT": " 23:05 "}).hour("BACKUP_AT", "02:30").isoformat() == "23:05:00"


def test_words_are_separated_by_commas():
    assert Env({"HOSTS": " a.example , b.example,, "}).words("HOSTS") == ["a.example", "b.example"]


def test_a_choice_names_what_there_is():
    with pytest.raises(ImproperlyConfigured, match=r"^LOG_FORMAT is 'xml'; it must be one of json, console\.$"):
        Env({"LOG_FORMAT": "xml"}).choice("LOG_FORMAT", ("json", "console"), "json")


def test_a_url_of_another_kind_stops_the_boot_without_telling_the_password():
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL begins with 'mysql'") as caught:
        Env({"DATABASE_URL": "mysql://u:hunter2@h/d"}).url("DATABASE_URL", schemes=("postgres", "sqlite"))
    assert "hunter2" not in str(caught.value)


def test_a_url_without_a_scheme_stops_the_boot():
    with pytest.raises(ImproperlyConfigured, match=r"^REDIS_URL has no scheme; it must be a URL of redis\.$"):
        Env({"REDIS_URL": "localhost/0"}).url("REDIS_URL", schemes=("redis",))


def test_a_secret_comes_from_the_file_that_is_named(tmp_path):
    file = tmp_path / "key"
    file.write_text("from the file\n")
    assert Env({"KEY_FILE": str(file)}).secret("KEY") == "from the file"
    assert Env({"KEY_FILE": str(file), "KEY": ""}).secret("KEY") == "from the file"
    assert Env({"KEY_FILE": str(file)}).url("KEY", schemes=("",)) == "from the file"


def test_a_secret_given_itself_wins_over_its_file(tmp_path):
    assert Env({"KEY": "given", "KEY_FILE": str(tmp_path / "not there")}).secret("KEY") == "given"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_secret_file_that_cannot_be_read_stops_the_boot(tmp_path, content):
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ImproperlyConfigured, match=r"^KEY_FILE names .*, which cannot be read"):
        Env({"KEY_FILE": str(file)}).secret("KEY", "default")


def test_an_empty_secret_file_is_no_secret(tmp_path):
    file = tmp_path / "key"
    file.write_text("\n")
    assert Env({"KEY_FILE": str(file)}).secret("KEY", "") == ""
