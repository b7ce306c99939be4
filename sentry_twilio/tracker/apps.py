from django.apps import AppConfig


class TrackerConfig(AppConfig):
    name = "sentry_twilio.tracker"
    label = "tracker"
    verbose_name = "Tracker"

    def ready(self) -> None:
        from django.db.models.signals import post_delete, post_save

        from sentry_twilio.delivery import open_issues
        from sentry_twilio.projects.creation import project_created
        from sentry_twilio.projects.models import Project, ProjectKey
        from sentry_twilio.tracker import doors, lifecycle
        from sentry_twilio.tracker.models import Rule
        from sentry_twilio.tracker.rules import add_first_rule

        open_issues.install(lifecycle.unresolved_groups)
        project_created.connect(add_first_rule, dispatch_uid="tracker.first_rule")
        for model in (Project, ProjectKey, Rule):
            for signal in (post_save, post_delete):
                signal.connect(doors.forget, sender=model, dispatch_uid="tracker.doors")
