"""What staff accounts and groups may do: who may change that, and that a change leaves an audit entry.

Nobody hands out more than they have, and nobody takes over an account that may do more than they: setting its password would
be the same as signing in to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.db.models import Q, QuerySet

from candidates.domain import audit

FLAGS = ("is_active", "is_staff", "is_superuser")


def held_by(user: User) -> QuerySet[Permission]:
    """Also of an account that is switched off: somebody may switch it on again."""
    if user.is_superuser:
        return Permission.objects.all()
    return Permission.objects.filter(Q(user=user) | Q(group__user=user)).distinct()


def may_give(giver: User) -> tuple[QuerySet[Permission], QuerySet[Group]]:
    """What they may hand on: their permissions, and groups that allow nothing else."""
    permissions = held_by(giver)
    beyond = Permission.objects.exclude(pk__in=permissions.values("pk"))
    return permissions, Group.objects.exclude(permissions__in=beyond)


def may_touch(user: User, subject: User | Group) -> bool:
    """Whether the account or group allows nothing that they may not do themselves."""
    if user.is_superuser:
        return True
    if isinstance(subject, User) and subject.is_superuser:
        return False
    allowed = held_by(subject) if isinstance(subject, User) else subject.permissions.all()
    return not allowed.exclude(pk__in=held_by(user).values("pk")).exists()


# ---- The audit entry ----


@contextmanager
def audited(model: type[User | Group], pk: int, *, by: User) -> Iterator[None]:
    """Around whatever may change one of them: an entry in the same transaction says what became otherwise."""
    with transaction.atomic():
        earlier = model._default_manager.filter(pk=pk).first()
        before = _state(earlier) if earlier else {}
        yield
        subject = model._default_manager.filter(pk=pk).first()
        if earlier and subject and (detail := _difference(before, _state(subject))):
            audit.record(action="account changed", subject=subject, by=by, detail=detail)


def note_made(subject: User | Group, *, by: User) -> None:
    audit.record(action="account made", subject=subject, by=by, detail=_difference({}, _state(subject)))


@transaction.atomic
def remove(subject: User | Group, *, by: User) -> None:
    gone = copy(subject)  # deleting takes the number from the other one
    subject.delete()
    audit.record(action="account removed", subject=gone, by=by)


def _state(subject: User | Group) -> dict[str, Any]:
    if isinstance(subject, Group):
        return {"permissions": _codes(subject.permissions)}
    return {
        **{flag: getattr(subject, flag) for flag in FLAGS},
        "username": subject.username,
        "password": subject.password,
        "groups": set(subject.groups.values_list("name", flat=True)),
        "permissions": _codes(subject.user_permissions),
    }


def _codes(permissions: Any) -> set[str]:
    return {f"{app}.{code}" for app, code in permissions.values_list("content_type__app_label", "codename")}


def _difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Flags as they are now, what was given and taken; of names and passwords only that they are others."""
    found: dict[str, Any] = {}
    for name, value in after.items():
        earlier = before.get(name, type(value)())
        if value == earlier:
            continue
        if isinstance(value, set):
            parts = {"given": sorted(value - earlier), "taken": sorted(earlier - value)}
            found[name] = {part: names for part, names in parts.items() if names}
        else:
            found[name] = value if isinstance(value, bool) else "changed"
    return found
