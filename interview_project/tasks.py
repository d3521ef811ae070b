"""Background tasks. The one importer of django-tasks: in Django 6 this becomes ``from django.tasks import task``."""

from django_tasks import task

__all__ = ["task"]
