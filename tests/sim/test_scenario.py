"""Scenarios: the presets load, round trips lose nothing, and `--set` reaches every field."""

import tomllib
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from oauth_model.strategies import Settings
from sim.scenario import Scenario, StrategySettings
from sim.scenario_files import ScenarioError, build, load, parse_set, presets, vary

PAYMENT, SERVICES = "two-regions-payment", "three-services"


def tree(name: str = PAYMENT) -> dict[str, Any]:
    """A preset as it stands in its file."""
    return tomllib.loads(presets()[name].read_text(encoding="utf-8"))


# --- presets and files ----------------------------------------------------------------------------


def test_the_presets_are_found_by_name_in_order():
    assert list(presets()) == sorted(presets())
    assert {PAYMENT, SERVICES} <= set(presets())


@pytest.mark.parametrize("name", presets())
def test_a_preset_loads_and_says_what_it_is_about(name: str):
    about = load(name).about
    assert about.title
    assert about.covers
    assert about.story
    assert about.look_for
    assert about.source


@pytest.mark.parametrize("name", presets())
def test_a_preset_begins_with_what_it_covers_and_names_its_seed(name: str):
    assert presets()[name].read_text(encoding="utf-8").startswith("# Covers: ")
    assert tree(name)["seed"] == load(name).seed


def test_a_file_is_found_by_its_path(tmp_path: Path):
    copy = tmp_path / "mine.toml"
    copy.write_bytes(presets()[PAYMENT].read_bytes())
    assert load(str(copy)) == load(PAYMENT)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"seed = ", "not TOML: Invalid value (at end of document)"),
        (b"[client\nretries = 1", "not TOML: Expected ']' at the end of a table declaration"),
        (b"seed = 1\nseed = 2\n", "not TOML: Cannot overwrite a value (at line 2, column 9)"),
        (b"\xff\xfe", "not TOML: 'utf-8' codec can't decode byte 0xff in position 0"),
        (b"a = " + b"[" * 5000, "not TOML: "),
        (b"", "about: missing"),
    ],
)
def test_a_file_that_is_no_scenario_is_named_in_one_line(tmp_path: Path, content: bytes, said: str):
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(ScenarioError) as caught:
        load(str(path))
    assert str(caught.value).startswith(f"{path}: {said}")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_and_a_folder_are_named_in_one_line(tmp_path: Path):
    with pytest.raises(ScenarioError) as missing:
        load(f"{tmp_path}/nowhere.toml")
    assert (
        str(missing.value) == f"{tmp_path}/nowhere.toml: cannot be read (No such file or directory)"
    )
    with pytest.raises(ScenarioError) as folder:
        load(f"{tmp_path}/")
    assert str(folder.value) == f"{tmp_path}: cannot be read (Is a directory)"


@pytest.mark.parametrize(
    ("name", "hint"),
    [("two-region-payment", "; did you mean two-regions-payment?"), ("", ""), ("..", "")],
)
def test_a_name_that_no_preset_has_is_answered_with_the_presets(name: str, hint: str):
    with pytest.raises(ScenarioError) as caught:
        load(name)
    assert str(caught.value) == f"no scenario {name!r}; there are {', '.join(presets())}{hint}"


# --- the tree -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", presets())
def test_a_scenario_that_is_written_down_and_built_again_is_equal(name: str):
    scenario = load(name)
    assert build(scenario.model_dump()) == scenario
    assert build(scenario.model_dump(mode="json")) == scenario
    assert Scenario.model_validate_json(scenario.model_dump_json()) == scenario


@pytest.mark.parametrize("name", presets())
def test_a_scenario_is_frozen_all_the_way_down(name: str):
    for part in parts_of(load(name)):
        field = next(iter(type(part).model_fields))
        with pytest.raises(ValidationError, match="frozen"):
            setattr(part, field, getattr(part, field))


def parts_of(value: object) -> Iterator[BaseModel]:
    """Every model in a scenario."""
    if isinstance(value, tuple):
        for item in value:
            yield from parts_of(item)
    if isinstance(value, BaseModel):
        yield value
        for _, inner in value:
            yield from parts_of(inner)


def test_everything_but_a_title_and_a_server_has_a_default():
    server = {"name": "mail", "operations": {"GET /mail": "email"}}
    least = build({"about": {"title": "least"}, "servers": [server]})
    assert least.node_names == (
        *("client-eu", "as-eu-1", "mail-eu-1"),
        *("store", "store-eu", "member-eu-1"),
    )
    assert least.regions == ("eu",)


def test_the_defaults_of_a_strategys_dials_are_those_that_strategies_know():
    assert StrategySettings().dials == Settings()


def test_nodes_are_named_by_party_region_and_number():
    replicas = ["eu", "us", "eu"]
    scenario = load(PAYMENT, {"servers.0.replicas": replicas, "stores.region": "asia"})
    named = [name for name in scenario.node_names if name.startswith("payments")]
    assert named == ["payments-eu-1", "payments-us-1", "payments-eu-2"]
    assert scenario.regions == ("eu", "us", "asia")


def test_a_thief_that_never_looks_is_no_node():
    assert "thief-us" in load(PAYMENT).node_names
    assert "thief-us" not in load(PAYMENT, {"thief.probability": 0}).node_names


# --- other values ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("client.retries=3", "client.retries", 3),
        ("client.timeout_ms=2.5", "client.timeout_ms", 2.5),
        ("client.use_aware=false", "client.use_aware", False),
        ("strategy=per_replica", "strategy", "per_replica"),
        ('about.title="3"', "about.title", "3"),
        (" strategy = per_replica ", "strategy", "per_replica"),
        ('servers.0.replicas=["eu", "us"]', "servers.0.replicas", ["eu", "us"]),
        ("about.source=a=b", "about.source", "a=b"),
        ("about.story=", "about.story", ""),
        ("thief.delay={distribution='constant'}", "thief.delay", {"distribution": "constant"}),
    ],
)
def test_set_reads_a_value_as_toml_and_else_as_text(text: str, field: str, value: object):
    assert parse_set(text) == (field, value)


@pytest.mark.parametrize("text", ["client.retries", "=3", " = 3", ""])
def test_set_without_field_or_value_is_answered_with_an_example(text: str):
    with pytest.raises(ScenarioError) as caught:
        parse_set(text)
    assert str(caught.value) == (f"--set {text}: write it as FIELD=VALUE, such as client.retries=3")


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("client.retries", 7, lambda s: s.client.retries),
        ("network.access.latency.sigma", 0.25, lambda s: s.network.access.latency.sigma),
        ("servers.0.leeway_s", 9, lambda s: s.servers[0].leeway_s),
        ("servers.payments.leeway_s", 9, lambda s: s.servers[0].leeway_s),
        ("servers.0.replicas.1", "eu", lambda s: s.servers[0].replicas[1]),
        ("partitions.0.between.1", "store", lambda s: s.partitions[0].between[1]),
        ("stores.timeout_ms", 7, lambda s: s.stores.timeout_ms),
        (
            "clocks",
            [{"node": "as-eu-1"}],
            lambda s: [c.model_dump(include={"node"}) for c in s.clocks],
        ),
    ],
)
def test_a_dotted_field_reaches_any_depth_in_a_file_and_in_a_scenario(field, value, read):
    assert read(load(PAYMENT, {field: value})) == value
    assert read(vary(load(PAYMENT), **{field.replace(".", "__"): value})) == value


def test_an_item_is_found_by_its_place_and_not_by_its_value():
    scenario = load(PAYMENT, {"servers.0.replicas": ["eu", "eu"]})
    assert vary(scenario, servers__0__replicas__1="us").servers[0].replicas == ("eu", "us")


def test_a_clock_is_found_by_its_node():
    clocks = [{"node": "as-eu-1"}, {"node": "store"}]
    scenario = load(PAYMENT, {"clocks": clocks, "clocks.store.offset_ms": 5})
    assert [clock.offset_ms for clock in scenario.clocks] == [0, 5]


def test_setting_a_field_leaves_the_tree_it_came_from_alone():
    given_tree = tree()
    before = deepcopy(given_tree)
    build(given_tree, "mine", {"servers.0.leeway_s": 4, "client.retries": 0})
    assert given_tree == before


def test_the_last_of_several_settings_counts():
    overrides = {"client": {"region": "us"}, "client.retries": 5}
    scenario = load(PAYMENT, overrides)
    assert (scenario.client.region, scenario.client.retries) == ("us", 5)
    assert scenario.client.retry == "immediate"  # the table was replaced, so this is the default


# --- whatever is written --------------------------------------------------------------------------

Place = tuple[str | int, ...]


def places(value: object, here: Place = ()) -> Iterator[Place]:
    """The way to every value in a tree."""
    steps = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for step, inner in steps:
        yield (*here, step)
        yield from places(inner, (*here, step))


#: What TOML can say, and names that mean something elsewhere in the tree.
WORDS = st.sampled_from(
    ["eu", "us", "mars", "constant", "mixture", "payments", "store", "distribution", "x\ny", ""]
)
SCALARS = st.one_of(
    st.booleans(), st.integers(), st.floats(), st.text(max_size=8), WORDS, st.dates(), st.none()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.data())
def test_any_mutation_of_a_preset_is_a_scenario_or_one_line(data: st.DataObject):
    mutated = tree(data.draw(st.sampled_from(sorted(presets()))))
    *around, last = data.draw(st.sampled_from(list(places(mutated))))
    here: Any = mutated
    for step in around:
        here = here[step]
    action = data.draw(st.sampled_from(["replace", "delete", "add"]))
    if action == "delete":
        del here[last]
    elif action == "add" and isinstance(here, dict):
        here[data.draw(WORDS | st.text(max_size=8))] = data.draw(VALUES)
    else:
        here[last] = data.draw(VALUES)
    built_or_one_line(mutated)


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.lists(st.sampled_from(list(places(tree()))), max_size=2), st.text(max_size=8), VALUES)
def test_any_setting_of_a_preset_is_a_scenario_or_one_line(around, last: str, value: object):
    field = ".".join(str(step) for place in around for step in place) + "." + last
    built_or_one_line(tree(), {field: value, "client.retries": 1})


def built_or_one_line(mutated: dict[str, Any], overrides: dict[str, Any] | None = None) -> None:
    """Build it; the one exception allowed is a ScenarioError of one line that names its source."""
    said = "mine.toml: "
    try:
        scenario = build(mutated, "mine.toml", overrides)
        assert build(scenario.model_dump()).node_names == scenario.node_names
    except ScenarioError as error:
        said = str(error)
    assert said.startswith(("mine.toml: ", "--set "))
    assert len(said.splitlines()) == 1
