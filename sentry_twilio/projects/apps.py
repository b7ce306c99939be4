from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "sentry_twilio.projects"
    label = "projects"
    verbose_name = "Projects"

    def ready(self) -> None:
        """Give the plugins of this process their settings and a place for their options."""
        from django.conf import settings
        from django.db.backends.signals import connection_created

        from sentry_twilio.core import options, plugins
        from sentry_twilio.projects import (
            checks,  # noqa: F401  (registers itself)
            transactions,
        )
        from sentry_twilio.projects.store import ModelOptionStore

        connection_created.connect(transactions.guard, dispatch_uid="projects.guard")
        options.install(ModelOptionStore())
        for plugin in plugins.all():
            plugin.configure(**settings.PLUGINS.get(plugin.slug, {}))
