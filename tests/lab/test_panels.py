"""Panels without a front end: each control runs the simulation, and what cannot be is a line."""

import re
from base64 import b64decode
from threading import Event, Thread

import ipywidgets
import pytest

from oauth_model.issuance import DESIGNS
from sim.lab import AudiencePanel, Figure, JourneyPanel, Panel, RacePanel, Shown
from sim.lab.controls import slider
from sim.lab.dials import DIALS
from sim.lab.figure import live, still
from sim.lab.words import told
from sim.scenario_files import load, vary
from sim.views.scene import picture
from sim.views.shapes import Picture
from sim.views.svg import render_svg
from sim.world.simulation import simulate

#: Few intentions, far apart, so that some meet the cut link.
RACE = vary(load("two-regions-payment"), workload__intentions=20, workload__gap__mean_ms=5000)
JOURNEY = vary(
    load("two-regions-payment"),
    workload__intentions=1,
    client__signed_in=False,
    thief__probability=1.0,
    partitions=(),
)
MAKERS = {
    "journey": lambda: JourneyPanel(JOURNEY),
    "audience": lambda: AudiencePanel(load("draft-three-services")),
    "race": lambda: RacePanel(RACE),
}
#: For each panel, each of its controls and a value that must make a difference to what is shown.
MOVES = [
    ("journey", "message", 3),
    ("journey", "strategy", "no_check"),
    ("journey", "seed", 2),
    ("journey", "also", "servers.payments.use_aware=false"),
    ("audience", "design", "fat"),
    ("audience", "malicious", "nobody"),
    ("audience", "malicious", "email"),
    ("audience", "token_format", "jwt"),
    ("audience", "encrypted", "to each server"),
    ("audience", "subject_type", "public"),
    ("audience", "also", "network.access.latency.median_ms=200"),
    ("race", "strategy", "no_check"),
    ("race", "seed", 3),
    ("race", "also", "client.retries=0"),
    ("race", "latency_ms", 300),
]


@pytest.fixture(params=MAKERS)
def panel(request):
    return MAKERS[request.param]()


def seen(panel):
    """All that a reader of the live panel sees below the controls."""
    return panel.verdict.value, panel.picture.value, panel.details.value


def drawn(panel):
    """The picture that a panel shows."""
    assert panel.shown.drawn is not None
    return panel.shown.drawn


def everything_in(widget):
    children = getattr(widget, "children", ())
    return [widget, *(inner for child in children for inner in everything_in(child))]


@pytest.mark.parametrize(("name", "control", "value"), MOVES)
def test_a_control_that_is_moved_changes_what_is_seen_and_what_is_said(name, control, value):
    panel = MAKERS[name]()
    if name == "race":
        panel.set(loss=20)
    before, said = seen(panel), repr(panel)
    panel.set(**{control: value})
    assert seen(panel) != before
    assert repr(panel) != said


def test_every_control_of_every_panel_is_tried():
    tried = {(name, control) for name, control, _ in MOVES}
    there = {(name, control) for name in MAKERS for control in MAKERS[name]().controls}
    assert there - tried == {("race", dial) for dial in DIALS if dial != "latency_ms"}


def test_the_same_setting_shows_the_same_whatever_was_shown_between(panel):
    before, said = seen(panel), repr(panel)
    panel.set(also="seed=99; network.access.latency.median_ms=300")
    assert seen(panel) != before
    panel.set(also="")
    assert (seen(panel), repr(panel)) == (before, said)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("client.retries", "FIELD=VALUE"),
        ("client.retrys=3", "client.retrys: unknown"),
        ("network.access.request_loss_probability=2", "network.access.request_loss_probability: 2"),
        ('strategy="hope"', "hope"),
    ],
)
def test_a_value_that_cannot_be_is_a_line_in_place_of_picture_and_details(panel, line, reason):
    panel.set(also=line)
    assert reason in re.sub("<[^>]*>", "", panel.verdict.value)
    assert panel.picture.value == ""
    assert "<table>" not in panel.details.value
    assert "not possible" in repr(panel)


def test_a_panel_recovers_from_a_value_that_could_not_be(panel):
    before = seen(panel)
    panel.set(also="seed=-1")
    panel.set(also="")
    assert seen(panel) == before


class Halved(Panel):
    """While it looks for the first time, somebody moves its control in another thread."""

    def __init__(self):
        self.moved, self.second = Event(), Thread(target=lambda: self.set(number=2))
        number = slider("number", 0, 2, 0)
        number.observe(lambda _: self.moved.set() if number.value == 2 else None, "value")
        super().__init__({"number": number})

    def look(self, **values):
        if values["number"] == 1:
            self.second.start()
            self.moved.wait()
            self.second.join(0.2)  # as long as the other takes, if it does not wait
        return Shown(f"{values['number']} is shown.", "")


def test_of_two_moves_in_two_threads_the_later_is_shown():
    panel = Halved()
    panel.set(number=1)
    panel.second.join()
    assert panel.shown.sentence == "2 is shown."


def test_what_can_be_pressed_in_a_text_looks_like_it(panel):
    assert ".tokenrace a[href] { color:" in panel.details.value


def test_the_sentence_is_announced_to_who_cannot_see_it_change(panel):
    assert 'aria-live="polite"' in panel.verdict.value


def test_the_live_picture_has_a_title_and_a_description(panel):
    assert re.search(r'<svg [^>]*role="img"', panel.picture.value)
    assert "<title>" in panel.picture.value
    assert "<desc>Space-time diagram" in panel.picture.value


def test_every_control_has_its_name_in_text_beside_it(panel):
    assert all(control.description for control in panel.controls.values())


def test_no_panel_has_an_output_widget(panel):
    kinds = {type(widget) for widget in everything_in(panel)}
    assert ipywidgets.Output not in kinds
    assert ipywidgets.HTML in kinds


def test_a_panel_prints_nothing_when_it_is_moved(panel, capsys):
    panel.set(also="seed=5")
    panel.set(also="nonsense")
    assert capsys.readouterr() == ("", "")


def test_without_a_kernel_the_sentence_and_a_picture_with_its_words_remain(panel):
    html = panel._repr_mimebundle_()["text/html"]
    assert html.startswith(f"<p>{panel.shown.sentence}")
    [alt] = re.findall(r'<img alt="([^"]+)"', html)
    assert alt.startswith(panel.shown.sentence)
    assert "Lanes: client-eu" in alt
    assert 'src="data:image/svg+xml;base64,' in html
    assert max(map(len, html.partition("base64,")[2].splitlines())) < 80


def test_without_a_kernel_a_value_that_cannot_be_is_a_line_too(panel):
    panel.set(also="nonsense")
    html = panel._repr_mimebundle_()["text/html"]
    assert "nonsense" in html
    assert "<img" not in html


def test_the_text_of_a_panel_carries_settings_and_numbers_in_full(panel):
    text = panel._repr_mimebundle_()["text/plain"]
    assert text == repr(panel)
    assert text.endswith(panel.shown.numbers)
    assert all(f"{name}=" in text for name in panel.settings())


def test_what_a_scenario_says_cannot_become_part_of_the_page():
    panel = JourneyPanel(vary(JOURNEY, about__title="<script>alert(1)</script>"))
    panel.set(also="client.region=<b>")
    assert "<script" not in panel.picture.value + panel._repr_mimebundle_()["text/html"]
    assert "<b>" not in panel.verdict.value


# --- what the panels have to say ------------------------------------------------------------------


def test_the_journey_shows_the_message_where_the_slider_stands():
    panel = MAKERS["journey"]()
    panel.set(message=1)
    assert panel.shown.sentence.startswith("Message 1 of ")
    assert "GET /authorize?response_type=code" in panel.details.value
    assert "1 message, 0 of them lost" in drawn(panel).description


def test_lanes_stand_still_while_the_journey_goes_on():
    panel = MAKERS["journey"]()
    width = drawn(panel).width
    panel.set(message=1)
    assert drawn(panel).width == width
    assert "payments-us-1" in drawn(panel).description


def test_the_journey_ends_where_the_whole_run_does():
    panel = MAKERS["journey"]()
    assert panel.controls["message"].value == panel.controls["message"].max
    assert drawn(panel) == picture(simulate(JOURNEY))


def test_the_journey_keeps_within_a_run_that_got_shorter():
    panel = MAKERS["journey"]()
    most = panel.controls["message"].max
    panel.set(also="thief.probability=0")
    assert panel.controls["message"].value == panel.controls["message"].max == most - 2
    assert panel.shown.sentence.startswith(f"Message {most - 2} of {most - 2}:")


def test_the_journey_through_a_run_that_ends_at_once_says_so():
    panel = MAKERS["journey"]()
    panel.set(also="duration_s=0.1")
    assert panel.shown.sentence == "No message was sent."


def test_one_token_for_all_opens_the_other_servers_and_one_for_each_does_not():
    panel = AudiencePanel(load("three-services"))
    panel.set(design="fat", malicious="webdav")
    assert "1 access token, 5 requests" in panel.shown.sentence
    assert "works at email and voip too" in panel.shown.sentence
    panel.set(design="lodderstedt")
    assert "3 access tokens, 7 requests" in panel.shown.sentence
    assert "works nowhere else" in panel.shown.sentence


@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_can_be_chosen_and_serves_all(design):
    panel = MAKERS["audience"]()
    panel.set(design=design, token_format="jwt", encrypted="no")
    assert "Served by all." in panel.shown.sentence
    assert panel.details.value.count("<tr>") == 1 + len(panel.scenario.servers)


def test_one_token_for_all_suits_those_who_can_read_it():
    panel = MAKERS["audience"]()
    panel.set(design="fat")
    assert "Served by email. " in panel.shown.sentence
    panel.set(token_format="jwt", encrypted="no")
    assert "Served by all. " in panel.shown.sentence


def test_an_identity_that_all_are_told_stands_in_each_token():
    panel = MAKERS["audience"]()
    assert panel.details.value.count("robin.doe@mail.example.net") == 1
    panel.set(subject_type="mailbox")
    assert panel.details.value.count("robin.doe@mail.example.net") == 3


def test_controls_that_leave_it_to_the_scenario_change_nothing_in_it():
    panel = MAKERS["audience"]()
    assert panel.fields(**panel.values()) == {
        "issuance": "lodderstedt",
        "malicious.server": "webdav",
    }


def test_with_nobody_malicious_nothing_happens_that_the_client_did_not_ask_for():
    panel = AudiencePanel(load("three-services"))
    panel.set(design="fat", malicious="email")
    assert drawn(panel).description.count("EFFECT") > len(panel.scenario.servers)
    panel.set(malicious="nobody")
    assert drawn(panel).description.count("EFFECT") == len(panel.scenario.servers)


def test_the_race_shows_the_intention_that_a_property_complains_about():
    panel = MAKERS["race"]()
    panel.set(strategy="no_check", thief=15)
    assert panel.shown.sentence.startswith("at_most_one_effect_per_token is violated")
    [intention] = re.findall(r"single-use token at-(\d+)\.", panel.shown.sentence)
    assert intention != "0"
    assert f"at-{intention}." in panel.picture.value
    assert drawn(panel).description.count("EFFECT") == 2


def test_the_race_without_misfortune_keeps_every_promise():
    panel = MAKERS["race"]()
    panel.set(loss=0, thief=0, cut_s=0, also="network.access.request_loss_probability=0")
    assert panel.shown.sentence.startswith("All of these hold: at_most_one_effect_per_token")
    assert "intentions served 100.0 %" in repr(panel)


# --- parts ----------------------------------------------------------------------------------------


def test_a_figure_says_its_caption_as_text_and_as_alt():
    figure = Figure(simulate(JOURNEY), "A caption with <brackets>.")
    assert repr(figure) == "Figure: A caption with <brackets>."
    html = figure._repr_html_()
    assert '<img alt="A caption with &lt;brackets&gt;. Space-time diagram' in html
    assert "<figcaption>A caption with &lt;brackets&gt;.</figcaption>" in html


def test_a_figure_can_show_a_picture_that_is_of_no_trace():
    drawn = Picture(10, 10, "A title", "What it shows.", ())
    assert 'alt="A caption. What it shows."' in Figure(drawn, "A caption.")._repr_html_()


def test_names_are_told_as_one_says_them():
    assert [told(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_live_and_still_show_one_picture():
    same = picture(simulate(JOURNEY))
    [data] = re.findall(r"base64,([^\"]+)", still(render_svg(same), "Words."))
    image = b64decode(data).decode()
    assert image.startswith("<svg ")
    assert live(same).partition(" viewBox")[2] == image.partition(" viewBox")[2]


def test_a_panel_that_does_not_say_what_to_look_at_is_none():
    with pytest.raises(NotImplementedError, match=r"Panel\.look"):
        Panel({})
