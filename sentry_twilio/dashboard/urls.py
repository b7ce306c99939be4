"""The addresses of the pages. Every one needs a row in the access test's table."""

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, include, path

from sentry_twilio.dashboard.views import (
    deliveries,
    first_admin,
    general,
    groups,
    invitation,
    issue,
    issues,
    keys,
    members,
    plugins,
    policy,
    projects,
    rules,
    session,
    sources,
    start,
    testing,
    trouble,
    upstream,
)

_settings: list[URLPattern] = [
    path("", general.settings, name="project-settings"),
    path("delete/", general.delete, name="project-delete"),
    path("delivery/", policy.settings, name="delivery-settings"),
    path("delivery/trial/", policy.try_out, name="fallback-trial"),
    path("delivery/trial/<int:message_id>/", policy.result, name="fallback-trial-result"),
    path("log/", general.log, name="project-log"),
    path("keys/", keys.key_list, name="key-list"),
    path("keys/new/", keys.new, name="key-new"),
    path("keys/<int:key_id>/", keys.edit, name="key"),
    path("rules/", rules.rule_list, name="rule-list"),
    path("rules/new/", rules.new, name="rule-new"),
    path("rules/<int:rule_id>/", rules.edit, name="rule"),
    path("rules/<int:rule_id>/snooze/", rules.snooze, name="rule-snooze"),
    path("rules/<int:rule_id>/delete/", rules.delete, name="rule-delete"),
    path("sources/", sources.source_list, name="source-list"),
    path("sources/new/<slug:kind>/", sources.new, name="source-new"),
    path("sources/<int:source_id>/", sources.source, name="source"),
    path("sources/<int:source_id>/called/", sources.called, name="source-called"),
    path("sources/<int:source_id>/rotate/", sources.rotate, name="source-rotate"),
    path("sources/<int:source_id>/remove/", sources.remove, name="source-remove"),
    path("sources/<int:source_id>/map/<int:foreign_id>/", sources.map_project, name="source-map"),
    path("groups/", groups.group_list, name="group-list"),
    path("groups/remove/", groups.remove, name="group-remove"),
    path("members/", members.member_list, name="member-list"),
    path("members/invite/", members.invite, name="member-invite"),
    path("members/invite/<int:invitation_id>/withdraw/", members.withdraw, name="member-uninvite"),
    path("members/<int:membership_id>/role/", members.role, name="member-role"),
    path("members/<int:membership_id>/remove/", members.remove, name="member-remove"),
]

_plugins: list[URLPattern] = [
    path("", plugins.plugin_list, name="plugin-list"),
    path("<slug:plugin_slug>/", plugins.configure, name="plugin"),
    path("<slug:plugin_slug>/switch/", plugins.switch, name="plugin-switch"),
    path("<slug:plugin_slug>/try-again/", trouble.lift_halt, name="halt-lift"),
    path(
        "<slug:plugin_slug>/opt-outs/<int:opt_out_id>/try-again/",
        trouble.retry_opt_out,
        name="opt-out-retry",
    ),
    path("<slug:plugin_slug>/test/", testing.send, name="plugin-test"),
    path(
        "<slug:plugin_slug>/test/<int:notification_id>/", testing.result, name="plugin-test-result"
    ),
]

_issue: list[URLPattern] = [
    path("", issue.issue, name="issue"),
    path("change/", issue.change, name="issue-change"),
    path("upstream/", upstream.change, name="issue-upstream"),
    path("events/<slug:event_id>/", issue.issue, name="event"),
    path("events/<slug:event_id>/json/", issue.event_json, name="event-json"),
]

_project: list[URLPattern | URLResolver] = [
    path("", issues.issue_list, name="issue-list"),
    path("start/", start.start, name="project-start"),
    path("start/first-event/", start.first_event, name="first-event"),
    path("issues/<int:issue_id>/", include(_issue)),
    path("deliveries/", deliveries.delivery_list, name="delivery-list"),
    path("deliveries/<int:delivery_id>/", deliveries.delivery, name="delivery"),
    path("settings/", include(_settings)),
    path("plugins/", include(_plugins)),
]

urlpatterns = [
    path("", projects.project_list, name="project-list"),
    path("setup/", first_admin.setup, name="setup"),
    path("login/", session.LogIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password/", session.ChangePassword.as_view(), name="password"),
    path("invite/<str:token>/", invitation.accept, name="invitation"),
    path("projects/new/", projects.new, name="project-new"),
    path("projects/<slug:slug>/", include(_project)),
    path("d/<int:delivery_id>/", deliveries.digest, name="digest"),
]
