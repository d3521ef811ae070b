from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    name = "assessments"
    verbose_name = "What is asked"

    def ready(self) -> None:
        from assessments import metrics
        from interview_project import probes

        probes.GAUGES.append(metrics.ai_gauges)
