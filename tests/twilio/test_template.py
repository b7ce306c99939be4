import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentry_twilio.twilio.template import FIELDS, FIRST_TO_GO, TemplateError, parse, problem

VALUES = {name: name.upper() for name in FIELDS}


def rendered(text, *empty):
    return parse(text).render({**VALUES, **dict.fromkeys(empty, "")})


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_is_filled_in(name):
    assert rendered(f"<{{{name}}}>") == f"<{name.upper()}>"


def test_a_brace_is_written_twice():
    assert rendered("{{{title}}} {{title}}") == "{TITLE} {title}"


def test_a_value_is_never_read_as_a_template():
    assert parse("{title}").render({"title": "{rule} {0.__class__}"}) == "{rule} {0.__class__}"


@pytest.mark.parametrize(
    ("text", "empty", "left"),
    [
        ("{title} ({culprit})", "culprit", "TITLE"),
        ("[{environment}] {title}", "environment", "TITLE"),
        ("{title} <{link}>", "link", "TITLE"),
        ('"{rule}": {title}', "rule", "TITLE"),
        ("{title} ({environment}, {release})", "environment", "TITLE (RELEASE)"),
        ("{title} ({environment}, {release})", "release", "TITLE (ENVIRONMENT)"),
        ("{title} ({environment}, {release})", "environment release", "TITLE"),
        ("{project}/{environment}: {title}", "environment", "PROJECT: TITLE"),
        ("{project} | {environment} | {title}", "environment", "PROJECT | TITLE"),
        ("{project}@{release} {title}", "release", "PROJECT TITLE"),
        ("{environment}: {title}", "environment", "TITLE"),
        ("{level}: {rule} {title}", "rule", "LEVEL: TITLE"),
        ("Alert: {environment} {title}", "environment", "Alert: TITLE"),
        ("{title} env={environment} rule: {rule}.", "environment rule", "TITLE."),
        ("{title} in {environment}.", "environment", "TITLE."),
        ("{title} v{release}", "release", "TITLE"),
        ("Sentry {environment}{title}", "environment", "Sentry TITLE"),
        ("{title}\n{culprit}\n{link}", "culprit", "TITLE\nLINK"),
        ("{title}\n{culprit}\n{link}", "culprit link", "TITLE"),
        ("{rule}", "rule", ""),
    ],
)
def test_an_empty_field_takes_along_what_was_there_for_its_sake(text, empty, left):
    assert rendered(text, *empty.split()) == left


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "without its other half"),
        ("}", "without its other half"),
        ("{title", "without its other half"),
        ("{}", "no field between"),
        ("{titel}", "{titel} is not a field. The fields are {project}, {level}"),
        ("{0}", "{0} is not a field"),
        ("{title.__class__}", "Write {title} instead of {title.__class__}"),
        ("{title[0]}", "Write {title} instead"),
        ("{title!r}", "Write {title} instead of {title!r}"),
        ("{title:>50}", "Write {title} instead of {title:>50}"),
        ("{title:{level}}", "Write {title} instead"),
        ("{ title }", "Write {title} instead of { title }"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(text, says):
    assert says in problem(text)
    with pytest.raises(TemplateError):
        parse(text)


def test_nothing_is_wrong_with_every_field():
    assert problem(" ".join(f"{{{name}}}" for name in FIELDS)) == ""


def test_what_goes_first_are_fields():
    assert set(FIRST_TO_GO) < set(FIELDS)


def test_its_own_words_bring_no_controls_to_a_phone():
    assert rendered("a\x07\u202eb\r\n{title}\x1b[31m!") == "ab\nTITLE!"


@given(st.text(alphabet="ab {}[]()<>:=.,|/-\n\x01\0\x02") | st.text())
def test_any_text_is_a_template_or_has_a_problem(text):
    if problem(text):
        return
    result = parse(text).render({})
    assert not set("\0\x01\x02") & set(result)


@given(
    st.lists(
        st.sampled_from([*(f"{{{n}}}" for n in FIELDS), " ", "(", ")", ": ", "\n", "in ", "x"]),
        max_size=12,
    ).map("".join),
    st.sets(st.sampled_from(list(FIELDS))),
)
def test_a_field_that_is_not_empty_is_always_there(text, empty):
    result = rendered(text, *empty)
    for name, value in VALUES.items():
        assert (value in result) == (f"{{{name}}}" in text and name not in empty)
