"""Promises kept everywhere: tests generated from the URL configuration and the models, so that new code is in them unasked."""
