from django.contrib import admin
from django.urls import path

from candidates.views import attempt, entry, fresh, question
from interview_project import api, health
from interview_project.sign_in import limited_sign_in

urlpatterns = [
    path("", entry.home, name="home"),
    path("i/<str:token>/", entry.invitation, name="invitation"),
    path("practice/<slug:slug>/", entry.practice, name="practice"),
    path("attempts/<uuid:attempt_id>/", attempt.attempt, name="attempt"),
    path("attempts/<uuid:attempt_id>/start/", attempt.attempt_start, name="attempt-start"),
    path(
        "attempts/<uuid:attempt_id>/sections/<int:position>/start/",
        attempt.attempt_section_start,
        name="attempt-section-start",
    ),
    path("attempts/<uuid:attempt_id>/questions/<int:number>/", question.attempt_question, name="attempt-question"),
    path("attempts/<uuid:attempt_id>/review/", attempt.attempt_review, name="attempt-review"),
    path("attempts/<uuid:attempt_id>/submit/", attempt.attempt_submit, name="attempt-submit"),
    path("attempts/<uuid:attempt_id>/receipt/", attempt.attempt_receipt, name="attempt-receipt"),
    path("attempts/<uuid:attempt_id>/record/", attempt.attempt_record, name="attempt-record"),
    path("attempts/<uuid:attempt_id>/clock/", attempt.attempt_clock, name="attempt-clock"),
    path("attempts/<uuid:attempt_id>/ai/", fresh.ai_choice, name="attempt-ai-choice"),
    path("attempts/<uuid:attempt_id>/fresh/", fresh.fresh_questions, name="attempt-fresh"),
    path("attempts/<uuid:attempt_id>/fresh/<uuid:fresh_id>/", fresh.fresh_set, name="attempt-fresh-set"),
    path("api/v1/openapi.json", api.openapi_json, name="openapi"),
    path("api/v1/", api.api.urls),
    path("api/<path:path>", api.nothing_here),
    path("docs", api.docs, name="docs"),
    path("admin/login/", limited_sign_in(admin.site.login)),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
