"""Alerts, and what they may be made of, for the tests of the text."""

from hypothesis import strategies as st

from sentry_twilio.core import Alert, Project

ONE_SEGMENT = 160 - 2  # the brackets around the project cost two septets each
URL = "https://alerts.example.com/issues/1/"
TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(["error ", "{", "ж", "e\u0301", "🇩🇪", "😀", "\r\n", "\u202e"])).map(
        "".join
    ),
)
FULL = {
    "culprit": "shop.views.checkout",
    "environment": "production",
    "release": "shop-1.2.3",
    "rule": "Night",
    "url": URL,
}
SPECIAL = st.lists(
    st.sampled_from(
        ["error ", "“", "…", "½", "\t", "ж", "漢。", "e\u0301", "🇩🇪", "{", "evil.com ", "x" * 40]
    ),
    max_size=30,
).map("".join)
ALL_TEXTS = st.one_of(TEXTS, SPECIAL)


def alert(title="ZeroDivisionError: division by zero", name="My Shop", **values):
    return Alert(Project(1, "my-shop", name), group="1", title=title, **values)
