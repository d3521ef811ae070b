from django.contrib import admin
from django.urls import path

from candidates.views import attempt, breaks, during, elsewhere, entry, fresh, question, receipts, record, rehearsal
from candidates.views.media import media_file
from interview_project import api, health
from interview_project.sign_in import limited_sign_in

urlpatterns = [
    # What is asked for most comes first: addresses are tried in this order, and each costs its share.
    path("attempts/<uuid:attempt_id>/questions/<int:number>/", question.attempt_question, name="attempt-question"),
    path("attempts/<uuid:attempt_id>/clock/", attempt.attempt_clock, name="attempt-clock"),
    path("api/v1/openapi.json", api.openapi_json, name="openapi"),
    path("api/v1/", api.api.urls),
    path("api/<path:path>", api.nothing_here),
    path("", entry.home, name="home"),
    path("language/", entry.language, name="language"),
    path("options/", entry.options, name="options"),
    path("i/<str:token>/", entry.invitation, name="invitation"),
    path("i/<str:token>/decline/", entry.invitation_decline, name="invitation-decline"),
    path("practice/<slug:slug>/", entry.practice, name="practice"),
    path("accessibility/", entry.accessibility, name="accessibility"),
    path("rehearsal/", rehearsal.rehearsal, name="rehearsal"),
    path("rehearsal/start/", rehearsal.rehearsal_start, name="rehearsal-start"),
    path("rehearsal/questions/<int:number>/", rehearsal.rehearsal_question, name="rehearsal-question"),
    path("rehearsal/review/", rehearsal.rehearsal_review, name="rehearsal-review"),
    path("rehearsal/submit/", rehearsal.rehearsal_submit, name="rehearsal-submit"),
    path("rehearsal/done/", rehearsal.rehearsal_done, name="rehearsal-done"),
    path("rehearsal/clock/", rehearsal.rehearsal_clock, name="rehearsal-clock"),
    path("attempts/<uuid:attempt_id>/", attempt.attempt, name="attempt"),
    path("attempts/<uuid:attempt_id>/start/", attempt.attempt_start, name="attempt-start"),
    path(
        "attempts/<uuid:attempt_id>/sections/<int:position>/start/",
        attempt.attempt_section_start,
        name="attempt-section-start",
    ),
    path("attempts/<uuid:attempt_id>/here/", elsewhere.attempt_here, name="attempt-here"),
    path("attempts/<uuid:attempt_id>/handover/", elsewhere.attempt_handover, name="attempt-handover"),
    path("attempts/<uuid:attempt_id>/receipts.<str:form>", receipts.attempt_receipts, name="attempt-receipts"),
    path("receipts/", receipts.check_receipt, name="check-receipt"),
    path("attempts/<uuid:attempt_id>/questions/<int:number>/problem/", during.attempt_problem, name="attempt-problem"),
    path("attempts/<uuid:attempt_id>/announcements/", during.attempt_announcements, name="attempt-announcements"),
    path(
        "attempts/<uuid:attempt_id>/announcements/<uuid:announcement_id>/",
        during.attempt_acknowledge,
        name="attempt-acknowledge",
    ),
    path("attempts/<uuid:attempt_id>/signals/", during.attempt_signals, name="attempt-signals"),
    path("attempts/<uuid:attempt_id>/review/", attempt.attempt_review, name="attempt-review"),
    path("attempts/<uuid:attempt_id>/submit/", attempt.attempt_submit, name="attempt-submit"),
    path("attempts/<uuid:attempt_id>/receipt/", attempt.attempt_receipt, name="attempt-receipt"),
    path("attempts/<uuid:attempt_id>/record/", record.attempt_record, name="attempt-record"),
    path("attempts/<uuid:attempt_id>/record.<str:form>", record.attempt_export, name="attempt-export"),
    path("attempts/<uuid:attempt_id>/signals/<int:signal_id>/", record.attempt_explain, name="attempt-explain"),
    path("attempts/<uuid:attempt_id>/opinion/", record.attempt_opinion, name="attempt-opinion"),
    path("attempts/<uuid:attempt_id>/break/", breaks.attempt_break, name="attempt-break"),
    path("attempts/<uuid:attempt_id>/resume/", breaks.attempt_resume, name="attempt-resume"),
    path("attempts/<uuid:attempt_id>/ai/", fresh.ai_choice, name="attempt-ai-choice"),
    path("attempts/<uuid:attempt_id>/fresh/", fresh.fresh_questions, name="attempt-fresh"),
    path("attempts/<uuid:attempt_id>/fresh/<uuid:fresh_id>/", fresh.fresh_set, name="attempt-fresh-set"),
    path("media/<str:name>", media_file, name="media-file"),
    path("docs", api.docs, name="docs"),
    path("admin/login/", limited_sign_in(admin.site.login)),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
