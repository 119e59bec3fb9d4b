"""What a demonstration becomes: parameters, effects, checks, steps, and what must not be kept of it."""

from __future__ import annotations

from typing import Any

import pytest

from rpa_agent.build import Built, build_procedure
from rpa_agent.build.effects import classify
from rpa_agent.build.parameters import find_parameters, slug
from rpa_agent.domain.errors import ParamsInvalid
from rpa_agent.domain.recording import Act, Recording, RowSeen, SeenRequest
from rpa_agent.domain.target import Fingerprint, RowContext
from rpa_agent.store.privacy import clean, clean_variant, without

BASE = "http://site.test"
SALT = "salt"


def element(name: str, capability: str = "fill", **more: Any) -> Fingerprint:
    role = {"fill": "textbox", "click": "button", "select": "combobox", "check": "checkbox"}.get(capability, "")
    tag = {"click": "button", "select": "select"}.get(capability, "input")
    label = name if capability in {"fill", "select"} else ""
    return Fingerprint(**{"tag": tag, "role": role, "name": name, "label": label, "capability": capability, **more})


def fill(label: str, value: str, *, url: str = "/form", secret: bool = False, **more: Any) -> Act:
    traits = more.pop("traits", {})
    return Act(
        kind="fill",
        url=BASE + url,
        url_after=BASE + url,
        element=element(label, **traits),
        value=value,
        secret=secret,
        **more,
    )


def click(name: str, *requests: SeenRequest, url: str = "/form", to: str | None = None, **more: Any) -> Act:
    traits = more.pop("traits", {})
    return Act(
        kind="click",
        url=BASE + url,
        url_after=BASE + (to or url),
        element=element(name, "click", **traits),
        requests=requests,
        **more,
    )


def post(path: str, *, kind: str = "document", operation: str = "", **fields: str) -> SeenRequest:
    return SeenRequest(method="POST", url=BASE + path, kind=kind, operation=operation, fields=fields, status=200)


def recording(*acts: Act, language: str = "en", **more: Any) -> Recording:
    opened = Act(kind="goto", url=BASE + "/form", url_after=BASE + "/form", value=BASE + "/form")
    last = acts[-1].url_after if acts else BASE + "/form"
    told = {
        "base_url": BASE,
        "start": BASE + "/form",
        "acts": (opened, *acts),
        "language": language,
        "last_url": last,
    }
    return Recording(**{**told, **more})


def build(*acts: Act, **more: Any) -> Built:
    return build_procedure(
        recording(*acts, **more), name="file-invoice", task="File an invoice", site="office", salt=SALT
    )


# ---- parameters ----


@pytest.mark.parametrize(
    ("label", "typed", "language", "kind", "canonical", "fmt"),
    [
        ("Amount", "1.234,50", "de", "decimal", "1234.50", "1.234,50"),
        ("Amount", "1,234.50", "en", "decimal", "1234.50", "1,234.50"),
        ("Amount", "12", "en", "decimal", "12", "1234"),
        ("Betrag", "0,50", "de", "decimal", "0.50", "1234,50"),
        ("Due date", "03.12.2026", "de", "date", "2026-12-03", "dd.mm.yyyy"),
        ("Due date", "12/03/2026", "en-US", "date", "2026-12-03", "mm/dd/yyyy"),
        ("Due date", "12/03/2026", "en-GB", "date", "2026-03-12", "dd/mm/yyyy"),
        ("Invoice number", "20417", "en", "string", "20417", None),
        ("PLZ", "01067", "de", "string", "01067", None),
        ("IBAN", "1234567890", "de", "string", "1234567890", None),
        ("Room", "12", "en", "string", "12", None),
        ("Note", "31.02.2026", "de", "string", "31.02.2026", None),
        ("Note", "v1.2.3", "de", "string", "v1.2.3", None),
    ],
)
def test_the_kind_of_a_value_is_read_from_how_and_where_it_was_typed(
    label: str, typed: str, language: str, kind: str, canonical: str, fmt: str | None
) -> None:
    """Dates and amounts are values; codes are texts even where they are all digits."""
    shown = recording(fill(label, typed), language=language)
    found = find_parameters(shown.acts, shown)
    name = slug(label)
    assert (found.params[name].type, found.examples[name], found.formats.get(name)) == (kind, canonical, fmt)


def test_what_can_be_read_in_two_ways_is_told_to_the_person() -> None:
    """With the reading that was taken."""
    built = build(fill("Amount", "1.234"), click("Save", post("/save", a="1.234")), language="de")
    assert built.examples["amount"] == "1234"
    assert "1.234,50 was taken" in built.remarks["params.amount"]


def test_names_come_from_labels_and_never_clash() -> None:
    """The same value in a field of the same name is one parameter, another value a second one."""
    shown = recording(
        fill("Größe & Höhe", "a"), fill("Name", "x"), fill("Name", "x"), fill("Name", "y"), fill("???", "z")
    )
    assert find_parameters(shown.acts, shown).examples == {
        "groesse_hoehe": "a",
        "name": "x",
        "name_2": "y",
        "value": "z",
    }


def login(url: str = "/login", user: str = "clerk", word: str = "k") -> tuple[Act, Act]:
    return fill("User", user, url=url), fill("Password", word, url=url, secret=True, input_type="password")


def test_who_logs_in_is_a_secret_and_its_form_no_commit() -> None:
    """User name and password are handed over, the request is a login."""
    built = build(
        *login(),
        click("Sign in", post("/login"), url="/login", to="/home"),
        fill("Note", "x"),
        click("Save", post("/save")),
        secrets={"k": "hunter2-secret"},
    )
    assert built.secrets == {"user": "clerk", "password": "hunter2-secret"}
    assert [s.effect for s in built.procedure.steps if s.kind == "click"] == ["draft", "commit"]
    assert "hunter2" not in built.procedure.model_dump_json() + built.workflow.model_dump_json()
    assert "clerk" not in built.procedure.model_dump_json() + built.workflow.model_dump_json()


def test_what_the_page_says_of_who_is_logged_in_is_not_kept() -> None:
    """A page head greets by the user name on every page."""
    built = build(
        *login(user="kim.lee"),
        click("Sign in", post("/login"), url="/login", to="/home", texts=("Welcome kim.lee", "Welcome back")),
        fill("Note", "x", title="Home of kim.lee", rows=(("button", "kim.lee"),)),
        click("Save", post("/save"), traits={"near": ("Nordwind kim.lee Log out",), "heading": "Hello kim.lee"}),
    )
    assert built.secrets["user"] == "kim.lee"
    assert "kim.lee" not in built.procedure.model_dump_json() + built.workflow.model_dump_json()
    last = built.procedure.steps[-1].target
    assert last is not None and last.variants[0].fingerprint.near == ("Nordwind Log out",)
    assert "Welcome back" in built.procedure.model_dump_json()


def test_a_user_name_that_was_typed_elsewhere_is_in_nothing_kept_either() -> None:
    """Shown logged in as an account: nobody typed it here, and the page greets all the same."""
    greeted = recording(
        fill("Note", "x", title="Home of kim.lee"),
        click("Save", post("/save"), traits={"near": ("Nordwind kim.lee Log out",), "heading": "Hello kim.lee"}),
    )
    built = build_procedure(greeted, name="n", task="t", site="s", salt="salt", hidden=("kim.lee",))
    assert "kim.lee" not in built.procedure.model_dump_json() + built.workflow.model_dump_json()
    assert built.secrets == {}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Signed in as kim.lee", "Signed in as"),
        ("kim.leeds", "kim.leeds"),
        ("7 items", "7 items"),
        ("a (b+c) d", "a d"),
    ],
)
def test_a_secret_is_taken_out_where_it_stands_as_a_word(text: str, kept: str) -> None:
    """One of two letters is in every text, and is left."""
    assert without(text, ("kim.lee", "7", "(b+c)")) == kept


def test_a_password_asked_for_later_confirms_a_commit() -> None:
    """Its form sends, and what is typed beside it is a value of this run."""
    shown = (
        *login(),
        click("Sign in", post("/login"), url="/login", to="/pay"),
        fill("Amount", "12.50", url="/pay"),
        fill("Password", "k2", url="/pay", secret=True),
        click("Release", post("/payments/7/release", amount="12.50"), url="/pay"),
    )
    built = build(*shown, secrets={"k": "hunter2-secret", "k2": "hunter2-again"})
    assert built.workflow.params["amount"].type == "decimal"
    assert [c.name for c in built.workflow.commits] == ["release"]


def test_creating_an_account_is_work() -> None:
    """A repeated password is no login."""
    made = build(
        fill("User", "new-user"),
        fill("Password", "a", secret=True),
        fill("Repeat password", "b", secret=True),
        click("Create account", post("/accounts")),
        secrets={"a": "hunter2-secret", "b": "hunter2-secret"},
    )
    assert made.procedure.steps[-1].effect == "commit"
    assert "user" in made.workflow.params


def test_an_upload_and_a_choice_are_parameters_too() -> None:
    """A file by its name, an option by its label."""
    chosen = Act(kind="select", url=BASE + "/form", element=element("Currency", "select"), value="USD")
    file = Act(kind="upload", url=BASE + "/form", element=element("Scan", "upload"), value="re7.pdf")
    shown = recording(chosen, file)
    found = find_parameters(shown.acts, shown)
    assert {n: p.type for n, p in found.params.items()} == {"currency": "choice", "scan": "file"}


# ---- effects ----


@pytest.mark.parametrize(
    ("request_", "effect"),
    [
        (post("/invoices"), "commit"),
        (post("/anything/unknown"), "commit"),
        (post("/invoices/search", kind="fetch"), "draft"),
        (post("/api/suggest", kind="xhr"), "draft"),
        (post("/drafts/autosave", kind="fetch"), "draft"),
        (post("/drafts/12/submit"), "commit"),
        (post("/checkout"), "commit"),
        (post("/check-in"), "commit"),
        (post("/logs/12/delete"), "commit"),
        (post("/graphql", kind="fetch", operation="query Dashboard"), "draft"),
        (post("/graphql", kind="fetch", operation="mutation FileInvoice"), "commit"),
        (post("/graphql", kind="fetch", operation="mutation GetNumber"), "commit"),
        (post("/rpc", kind="fetch", operation="getInvoice"), "draft"),
        (post("/rpc", kind="fetch", operation="fileInvoice"), "commit"),
        (SeenRequest(method="GET", url=BASE + "/invoices", kind="document"), "none"),
        (SeenRequest(method="DELETE", url=BASE + "/invoices/7", kind="fetch"), "commit"),
    ],
)
def test_what_an_act_does_to_the_server(request_: SeenRequest, effect: str) -> None:
    """Questions and drafts are no commits; what is not known is one."""
    act = click("Go", request_)
    assert classify(act, (), recording(act))[0] == effect


def test_traffic_that_comes_without_an_act_is_nobodys_commit() -> None:
    """It was seen before anything was done."""
    act = click("Next", post("/collect", kind="fetch"))
    assert classify(act, (), recording(act, before_all=(post("/collect", kind="fetch"),)))[0] == "none"
    typed = fill("Name", "x", requests=(post("/form/field", kind="fetch"),))
    assert classify(typed, (), recording(typed))[0] == "draft"


SOCKET = (BASE + "/live",)


@pytest.mark.parametrize(("act", "socket"), [
    pytest.param(click("Save", post("/save")), "", id="a request"),
    pytest.param(click("Save", post("/save"), sockets=SOCKET), "", id="a request beside a socket"),
    pytest.param(click("Save", sockets=SOCKET), "{base}/live", id="a message"),
])  # fmt: skip
def test_a_commit_is_a_message_on_a_socket_only_where_nothing_else_of_it_left(act: Act, socket: str) -> None:
    """What is sent as a request is read, proved and confirmed as one."""
    (commit,) = build(fill("Name", "x"), act).procedure.commits()
    assert commit.expect.socket == socket


@pytest.mark.parametrize(
    ("pressed", "others", "effect"),
    [
        (click("Weiter", sockets=SOCKET, at=2.0), (), "commit"),
        (click("Weiter", sockets=SOCKET, at=2.0), (click("Ende", sockets=SOCKET, at=3.0),), "commit"),
        (click("Weiter", sockets=SOCKET, at=2.0), (fill("Name", "x", sockets=SOCKET, at=3.0),), "none"),
        (click("Send now", sockets=SOCKET, at=2.0), (fill("Name", "x", sockets=SOCKET, at=3.0),), "commit"),
        (click("Weiter", sockets=SOCKET, at=4.0), (fill("Name", "x", sockets=SOCKET, at=3.0),), "commit"),
        (fill("Name", "x", sockets=SOCKET, at=2.0), (), "none"),
    ],
)
def test_what_is_said_on_a_socket(pressed: Act, others: tuple[Act, ...], effect: str) -> None:
    """Nobody reads it, so it may be a commit; where a page talks at every turn, what comes last or speaks of sending is."""
    assert classify(pressed, (), recording(pressed, *others))[0] == effect


def test_a_commit_that_is_sent_is_said_on_no_socket() -> None:
    """Its request can be read and proves a repair, also where the page keeps a socket open beside it."""
    sockets = {}
    for how, pressed in (
        ("plainly", click("Save", post("/a"))),
        ("beside a socket", click("Save", post("/a"), sockets=SOCKET, at=2.0)),
        ("on it alone", click("Save", sockets=SOCKET, at=2.0)),
    ):
        sockets[how] = build(pressed).procedure.steps[-1].expect.socket
    assert sockets == {"plainly": "", "beside a socket": "", "on it alone": "{base}/live"}


def test_commits_have_stable_names_of_their_own() -> None:
    """After the button and the page; a second of the same name is told apart."""
    acts = (
        fill("Note", "x"),
        click("Save", post("/a"), title="New invoice – Office"),
        click("Save", post("/b"), title="New invoice – Office"),
    )
    first, again = build(*acts), build(*acts)
    assert [c.name for c in first.workflow.commits] == ["save-new-invoice", "save-new-invoice-2"]
    assert [s.id for s in first.procedure.steps] == [s.id for s in again.procedure.steps]
    assert len({s.id for s in first.procedure.steps}) == len(first.procedure.steps)


# ---- checks ----


def filed(*texts: str, to: str = "/invoices/7", **more: Any) -> list[str]:
    number = fill("Number", "RE-7")
    sent = click("Save", post("/save", number="RE-7"), to=to, texts=texts)
    return [c.words() for c in build(number, sent, last_texts=texts, **more).workflow.checks()]


def test_what_the_page_says_of_this_run_proves_most() -> None:
    """A sentence with the run's own value, its own figures left open, and where it ended."""
    assert filed("Saved", "Invoice RE-7 was filed as INV-0042") == [
        "visible Invoice {{ number }} was filed as *",
        "url **/invoices/*",
    ]


def test_without_such_a_sentence_an_announcement_is_taken_and_at_last_the_address() -> None:
    """There is always one check, and never one that fits every page."""
    assert filed("Saved") == ["visible Saved", "url **/invoices/*"]
    assert filed(to="/done") == ["url **/done"]
    assert filed(to="/") == ["url {base}/"]


def test_what_was_on_the_page_before_proves_nothing() -> None:
    """Only what came with the commit."""
    before = click("New", to="/form", texts=("Invoices", "Welcome"))
    sent = click("Save", post("/save"), to="/done", texts=("Filed",))
    built = build(before, fill("Note", "xy"), sent, last_texts=("Welcome", "Filed"))
    assert built.workflow.checks()[0].words() == "visible Filed"


@pytest.mark.parametrize("kind", ["fill", "select"])
def test_what_a_field_says_while_it_is_filled_in_proves_nothing(kind: str) -> None:
    """Matches that a list found and signs that are left stand there to the end, whatever was pressed after them."""
    said = "1 result is available for Egypt"
    entered = Act(kind=kind, url=BASE + "/form", url_after=BASE + "/form", element=element("Tag"), value="Egypt", texts=(said,))
    assert [c.words() for c in build(entered, click("Apply"), last_texts=(said,)).workflow.checks()] == ["url **/form"]
    shown = build(entered, click("Apply", texts=("Applied to Egypt",)), last_texts=(said, "Applied to Egypt"))
    assert shown.workflow.checks()[0].words() == "visible Applied to {{ tag }}"


# ---- steps ----


def test_requests_keep_their_shape_and_which_field_carried_what() -> None:
    """No value and no record number."""
    built = build(
        fill("Number", "RE-7"),
        fill("Amount", "1.234,50"),
        click("Save", post("/invoices/4711/lines", no="RE-7", total="1234.5", token="abc"), to="/invoices/4711"),
        language="de",
    )
    request = built.procedure.steps[-1].expect.requests[0]
    assert (request.origin, request.path, request.status) == ("{base}", "/invoices/*/lines", 2)
    assert request.fields == {"no": "number", "total": "amount", "token": ""}
    assert built.procedure.steps[-1].expect.url == "{base}/invoices/*"


def test_the_first_address_is_where_the_person_began() -> None:
    """Not where a redirect led."""
    assert build(fill("Note", "x"), click("Save", post("/s"))).procedure.steps[0].value == "{base}/form"


def test_a_question_keeps_its_words_and_loses_its_figures() -> None:
    """What is asked about the next record is the same question."""
    built = build(fill("Number", "RE-7"), click("Send", post("/s"), dialog="confirm: Send RE-7 for 1.234,50 EUR?"))
    assert built.procedure.steps[-1].expect.dialog == "confirm: Send {{ number }} for * EUR?"


def test_nothing_shown_is_told() -> None:
    """Opening a page is no work."""
    with pytest.raises(ParamsInvalid, match="nothing was shown"):
        build()


# ---- what is kept ----


ROW = RowSeen(
    cells=("CANARY-1", "Canary Firm", "12,00", "Approve"),
    headers=("Number", "Supplier", "Net", ""),
    unique=(True, True, True, False),
    own=3,
    count=9,
)


def approve(**traits: Any) -> Act:
    more = {
        "in_data": True,
        "unique": {"name": 9},
        "row": RowContext(key="CANARY-1", column="Action", index=0, count=9),
        **traits,
    }
    return click("Approve", post("/invoices/77/approve"), traits=more, row=ROW)


def test_a_record_that_was_picked_becomes_a_parameter_named_after_its_column() -> None:
    """The button's own word stays; the record's words do not."""
    built = build(approve())
    target = built.procedure.steps[-1].target
    assert target is not None
    shown = target.variants[0].fingerprint
    assert shown.name == "Approve"
    assert built.examples == {"number": "CANARY-1"}
    assert shown.row is not None
    assert shown.row.key == "{{ number }}"


def test_a_row_is_named_by_what_no_other_row_has() -> None:
    """A currency that was typed stands in every row; a sentence may hold the number; its column's header is kept."""
    values = {"currency": "EUR", "number": "RE-7"}
    fp = element("Approve", "click", in_data=True, unique={"name": 9}, row=RowContext(key="EUR", column=""))
    alone = clean(fp, values, SALT, cells=("EUR", "RE-7", "Approve"), naming=("RE-7",))
    assert alone.row is not None
    assert alone.row.key == "{{ number }}"
    told = clean(fp, values, SALT, cells=("In EUR", "Invoice RE-7 of Adler", "Approve"), naming=("Invoice RE-7 of Adler",))
    assert told.row is not None
    assert told.row.key == "{{ number }}"
    target = build(approve()).procedure.steps[-1].target
    assert target is not None
    assert target.key_column() == "Number"


def test_no_text_of_a_record_is_kept_in_clear() -> None:
    """Neither in the procedure nor in the workflow file."""
    built = build(
        approve(
            id="approve-CANARY-1-99812",
            generated=("id",),
            test_id="row-CANARY-1",
            title="Approve Canary Firm",
            near=("CANARY-1",),
        ),
        last_texts=("Canary Firm was approved",),
    )
    kept = built.procedure.model_dump_json() + built.workflow.model_dump_json(by_alias=True)
    assert "CANARY-1" not in kept
    assert "Canary Firm" not in kept
    assert "visible * was approved" in [c.words() for c in built.workflow.checks()]


def test_a_link_that_is_called_like_its_record_is_masked_where_no_parameter_names_it() -> None:
    """Shape and salted hashes say enough to know it again."""
    link = element("Canary Firm", "click", tag="a", role="link", text="Canary Firm", in_data=True, unique={"name": 1})
    kept = clean(link, {}, SALT)
    assert "Canary" not in kept.model_dump_json()
    assert kept.name.startswith("Aa Aa#h:")
    assert clean(link, {}, "other").name != kept.name


def test_a_box_in_a_table_is_called_like_its_record_and_a_field_like_its_form() -> None:
    """Labels of boxes in rows are masked; those of fields stay."""
    box = element(
        "Canary Firm",
        "check",
        label="Canary Firm",
        in_data=True,
        unique={"name": 1},
        path="main>table>tbody>tr>td>label>input",
    )
    assert "Canary" not in clean(box, {}, SALT).model_dump_json()
    field = element(
        "Quantity", in_data=True, label="Quantity", unique={"name": 1}, path="main>table>tbody>tr>td>input"
    )
    assert (clean(field, {}, SALT).name, clean(field, {}, SALT).label) == ("Quantity", "Quantity")


def test_a_figure_that_names_its_row_is_the_rows_key() -> None:
    """A cell that says 7 and nothing else is told from those that say -7 and 17."""
    rows = [RowSeen(cells=("Odd", n, "Even"), unique=(False, True, False), own=0, count=3) for n in ("-7", "7", "17")]
    traits = {"in_data": True, "unique": {"name": 3}, "row": RowContext(key="Odd", count=3)}
    built = build(*(click("Odd", row=row, traits=traits) for row in rows), click("Send"))
    assert list(built.examples.values()) == ["-7", "7", "17"]
    keys = [s.target.row_key() for s in built.procedure.steps if s.target][:3]
    assert keys == [f"{{{{ {name} }}}}" for name in built.workflow.params]


def test_a_value_that_no_step_uses_is_none() -> None:
    """The row says 7 and so does what was typed: nobody knows which is meant, so nothing is asked for it."""
    row = RowSeen(cells=("Odd", "7", "Even"), unique=(False, True, False), own=0, count=3)
    traits = {"in_data": True, "unique": {"name": 3}, "row": RowContext(key="Odd", count=3)}
    built = build(fill("Quantity", "7"), click("Odd", row=row, traits=traits))
    assert (list(built.workflow.params), list(built.examples), built.procedure.params) == (
        ["quantity"], ["quantity"], ("quantity",),
    )  # fmt: skip


def test_a_text_that_is_called_in_its_row_is_named_so() -> None:
    """The heading above it is a record's own name."""
    row = RowSeen(cells=("Phone:", "373-684-4941"), unique=(True, True), own=1, count=3)
    traits = {"tag": "a", "in_data": True, "unique": {"name": 1}, "heading": "Clementine"}
    built = build(click("373-684-4941", row=row, traits=traits))
    assert built.examples == {"phone": "373-684-4941"}


def listed(value: str, **more: Any) -> Act:
    """What stands chosen in a list that lies open."""
    fp = element("Guests", "select", role="listbox", near=("Invited are Ada, Eve from the list",))
    options = ("Ada", "Bob", "Eve")
    return Act(kind="select", url=BASE + "/form", url_after=BASE + "/form", element=fp, value=value, options=options, **more)


def pressed(option: str, held: str | None = None) -> Act:
    return click(option, value=held, traits={"tag": "option", "role": "option"})


def test_options_chosen_one_after_the_other_are_one_value() -> None:
    """A click on the first and a click with Ctrl on the second: both stand chosen, and neither click is a step."""
    built = build(listed("Ada"), pressed("Ada"), listed("Ada\nEve"), pressed("Eve", "Control"), click("Send"))
    assert [(s.kind, s.value) for s in built.procedure.steps] == [
        ("goto", "{base}/form"), ("select", "{{ guests }}"), ("click", None),
    ]  # fmt: skip
    assert (built.examples, built.workflow.params["guests"].type) == ({"guests": "Ada\nEve"}, "string")


def test_a_choice_that_was_sent_is_not_taken_back_by_the_next() -> None:
    """A list that saves each choice was told each of them."""
    built = build(listed("Ada", requests=(post("/guests", kind="fetch"),)), listed("Ada\nEve"))
    assert [s.kind for s in built.procedure.steps] == ["goto", "select", "select"]


def test_several_things_chosen_are_not_kept_one_by_one() -> None:
    """A sentence that lists what was chosen holds this run's values, although none of them is the whole value."""
    said = build(listed("Ada\nEve", texts=("Invited: Ada, Eve",)), click("Send")).procedure.model_dump_json()
    assert "Ada" not in said and "Eve" not in said


def test_buttons_that_stand_in_every_row_keep_their_names() -> None:
    """They are the application's words."""
    button = element("Approve", "click", text="Approve", in_data=True, unique={"name": 9})
    assert clean(button, {}, SALT).name == "Approve"


def test_values_of_this_run_become_holes_wherever_they_stand() -> None:
    """Also in what was learned by a repair, and what it must be reached through."""
    fp = element(
        "Edit RE-2041",
        "click",
        label="RE-2041",
        placeholder="RE-2041",
        heading="Invoice RE-2041",
        href="/i/RE-2041",
        neighbour="RE-2041",
        id="edit-RE-2041",
        name_attr="edit-RE-2041",
    )
    from rpa_agent.domain.target import Variant

    variant = Variant(fingerprint=fp, via=(Variant(fingerprint=fp),), then=(Variant(fingerprint=fp),))
    kept = clean_variant(variant, {"number": "RE-2041"}, SALT)
    assert "RE-2041" not in kept.model_dump_json()
    assert kept.fingerprint.heading == "Invoice {{ number }}"


# ---- reads that may be meant ----


def test_a_link_that_may_do_something_keeps_where_its_query_carries_a_value() -> None:
    """Should a person say that it sends, the gate knows its request; other values of the query are not kept."""
    typed = fill("Invoice number", "RE-20417")
    read = SeenRequest(method="GET", url=BASE + "/approve?number=RE-20417&token=a8f3&step=2", kind="document", status=302)
    led = SeenRequest(method="GET", url=BASE + "/approvals", kind="document", status=200)
    step = build(typed, click("Approve", read, led, to="/approvals")).procedure.steps[-1]
    kept = [(r.method, r.path, dict(r.fields)) for r in step.expect.requests]
    assert kept == [("GET", "/approve", {"number": "invoice_number"})]


def test_a_link_that_only_leads_on_keeps_its_address_and_no_request() -> None:
    """As most links do."""
    read = SeenRequest(method="GET", url=BASE + "/list", kind="document", status=200)
    step = build(click("List", read, to="/list")).procedure.steps[-1]
    assert (step.expect.url, step.expect.requests) == ("{base}/list", ())
