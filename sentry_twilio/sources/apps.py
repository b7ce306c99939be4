from django.apps import AppConfig


class SourcesConfig(AppConfig):
    name = "sentry_twilio.sources"
    label = "sources"
    verbose_name = "Sources"

    def ready(self) -> None:
        from django.db.models.signals import post_delete, post_save

        from sentry_twilio.delivery.chores import Chore, register
        from sentry_twilio.projects.models import Project
        from sentry_twilio.sources import doors, following, processing, upstream, vault, worker
        from sentry_twilio.sources.models import Source
        from sentry_twilio.tracker import lifecycle

        # Nothing wakes it: of 200 calls at once each would, and those that still wait for an answer
        # would wait longer.
        register(Chore("sources", 0.3, worker.process))
        register(Chore("old calls", 3600, processing.prune))
        register(Chore("names of projects", 60, upstream.name_projects))
        vault.changed.connect(doors.forget, dispatch_uid="sources.doors")
        lifecycle.changed.connect(following.give_up_mute, dispatch_uid="sources.following")
        for model in (Project, Source):
            for signal in (post_save, post_delete):
                signal.connect(doors.forget, sender=model, dispatch_uid="sources.doors")
