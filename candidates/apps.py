from django.apps import AppConfig


class CandidatesConfig(AppConfig):
    name = "candidates"
    verbose_name = "Who answers"

    def ready(self) -> None:
        # The project's settings are no app, so its checks are registered from here.
        from candidates import metrics
        from interview_project import checks, probes  # noqa: F401 - importing registers the checks

        probes.GAUGES += [metrics.gauges, metrics.fuse_gauge]
