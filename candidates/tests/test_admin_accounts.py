"""Nobody gives, or takes over, more than they have; and what is changed leaves an audit entry."""

import pytest
from django.contrib.auth.models import Group, Permission, User

from candidates.models import AuditEntry

pytestmark = pytest.mark.django_db
NEW = "a-new-password-12345"
HANDLES_ACCOUNTS = ("view_user", "add_user", "change_user", "delete_user", "view_group", "change_group", "delete_group")
DATES = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}


def permissions(*codes):
    return Permission.objects.filter(codename__in=codes)


@pytest.fixture
def boss():
    return User.objects.create_superuser("boss", "boss@example.org", "an-old-password-12345")


@pytest.fixture
def hr(client):
    user = User.objects.create_user("hr", password="an-old-password-12345", is_staff=True)
    user.user_permissions.set(permissions(*HANDLES_ACCOUNTS))
    client.force_login(user)
    return user


@pytest.fixture
def colleague():
    return User.objects.create_user("kim", password="an-old-password-12345", is_staff=True)


def change(client, user, **fields):
    return client.post(f"/admin/auth/user/{user.pk}/change/", {"username": user.username, **DATES, **fields})


def set_password(client, user):
    path = f"/admin/auth/user/{user.pk}/password/"
    return client.post(path, {"password1": NEW, "password2": NEW, "usable_password": "true"}).status_code


def ids(found):
    return [str(one.pk) for one in found]


def test_nobody_makes_themselves_superuser(client, hr):
    assert change(client, hr, is_active="on", is_staff="on", is_superuser="on").status_code == 302
    hr.refresh_from_db()
    assert not hr.is_superuser


def test_nobody_gives_permissions_they_do_not_have(client, hr, colleague):
    wanted = permissions("view_user", "erase_candidate", "change_attempt")
    answer = change(client, colleague, is_active="on", is_staff="on", user_permissions=ids(wanted))
    assert (answer.status_code, colleague.user_permissions.count()) == (200, 0)


def test_nobody_gives_groups_that_may_do_more(client, hr, colleague):
    mighty, small = Group.objects.create(name="Mighty"), Group.objects.create(name="Small")
    mighty.permissions.set(permissions("change_attempt", "view_user"))
    small.permissions.set(permissions("view_user"))
    assert change(client, colleague, is_active="on", groups=ids([mighty])).status_code == 200
    assert change(client, colleague, is_active="on", groups=ids([small])).status_code == 302
    assert list(colleague.groups.all()) == [small]


def test_nobody_makes_a_group_mightier_than_themselves(client, hr):
    own = Group.objects.create(name="Own")
    hr.groups.add(own)
    path = f"/admin/auth/group/{own.pk}/change/"
    assert client.post(path, {"name": "Own", "permissions": ids(permissions("change_attempt"))}).status_code == 200
    assert not own.permissions.exists()


@pytest.mark.parametrize("how", ["superuser", "superuser switched off", "permission", "group", "switched off"])
def test_nobody_touches_an_account_that_may_do_more(client, hr, colleague, how):
    colleague.is_superuser, colleague.is_active = how.startswith("superuser"), not how.endswith("switched off")
    colleague.save()
    if how in ("permission", "switched off"):
        colleague.user_permissions.set(permissions("change_attempt"))
    elif how == "group":
        group = Group.objects.create(name="Mighty")
        group.permissions.set(permissions("change_attempt"))
        colleague.groups.add(group)
    assert change(client, colleague, is_active="on", email="mine@example.org").status_code == 403
    assert set_password(client, colleague) == 403
    assert client.post(f"/admin/auth/user/{colleague.pk}/delete/", {"post": "yes"}).status_code == 403
    selected = {"action": "delete_selected", "_selected_action": [colleague.pk], "post": "yes"}
    client.post("/admin/auth/user/", selected)
    colleague.refresh_from_db()
    assert (colleague.email, colleague.check_password(NEW)) == ("", False)
    assert client.get(f"/admin/auth/user/{colleague.pk}/change/").status_code == 200  # it may be looked at
    assert not AuditEntry.objects.exists()


def test_what_they_may_do_they_may_hand_on(client, hr, colleague):
    assert change(client, colleague, is_active="on", user_permissions=ids(permissions("view_user"))).status_code == 302
    assert set_password(client, colleague) == 302
    first, second = AuditEntry.objects.order_by("id")
    assert (first.action, first.by, first.subject) == ("account changed", hr, f"user {colleague.pk}")
    assert first.detail == {"is_staff": False, "permissions": {"given": ["auth.view_user"]}}
    assert second.detail == {"password": "changed"}


def test_superusers_do_all_of_it_and_it_is_noted(client, boss, colleague):
    client.force_login(boss)
    answer = change(client, colleague, is_active="on", is_staff="on", is_superuser="on")
    assert answer.status_code == 302
    assert set_password(client, colleague) == 302
    assert client.post(f"/admin/auth/user/{colleague.pk}/delete/", {"post": "yes"}).status_code == 302
    made = {"username": "new", "password1": NEW, "password2": NEW, "usable_password": "true"}
    assert client.post("/admin/auth/user/add/", made).status_code == 302
    new = User.objects.get(username="new")
    assert list(AuditEntry.objects.order_by("id").values_list("action", "subject", "detail")) == [
        ("account changed", f"user {colleague.pk}", {"is_superuser": True}),
        ("account changed", f"user {colleague.pk}", {"password": "changed"}),
        ("account removed", f"user {colleague.pk}", {}),
        ("account made", f"user {new.pk}", {"is_active": True, "username": "changed", "password": "changed"}),
    ]


def test_several_that_are_removed_are_each_noted(client, boss, colleague):
    other = User.objects.create_user("other")
    client.force_login(boss)
    selected = {"action": "delete_selected", "_selected_action": [colleague.pk, other.pk], "post": "yes"}
    client.post("/admin/auth/user/", selected)
    assert set(AuditEntry.objects.values_list("subject", flat=True)) == {f"user {colleague.pk}", f"user {other.pk}"}


def test_a_groups_rights_are_noted(client, boss):
    client.force_login(boss)
    group = Group.objects.create(name="Reviewers")
    path = f"/admin/auth/group/{group.pk}/change/"
    client.post(path, {"name": "Reviewers", "permissions": ids(permissions("view_user"))})
    client.post(path, {"name": "Readers", "permissions": []})
    details = list(AuditEntry.objects.order_by("id").values_list("subject", "detail"))
    assert details == [
        (f"group {group.pk}", {"permissions": {"given": ["auth.view_user"]}}),
        (f"group {group.pk}", {"permissions": {"taken": ["auth.view_user"]}}),
    ]


def test_a_password_of_ones_own_is_noted(client, hr):
    fields = {"old_password": "an-old-password-12345", "new_password1": NEW, "new_password2": NEW}
    assert client.post("/admin/password_change/", fields).status_code == 302
    (entry,) = AuditEntry.objects.all()
    assert (entry.by, entry.subject, entry.detail) == (hr, f"user {hr.pk}", {"password": "changed"})


def test_nobody_removes_themselves(client, boss):
    client.force_login(boss)
    assert client.post(f"/admin/auth/user/{boss.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("number", ["0", "none", "999999999999999999999"])
def test_an_account_that_is_not_there_is_said_so(client, boss, number):
    client.force_login(boss)
    assert client.post(f"/admin/auth/user/{number}/change/", {}).status_code == 302
