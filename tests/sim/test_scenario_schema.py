"""The JSON Schema of scenarios, for editors: every field, every distribution, nothing else."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from sim.distributions import DISTRIBUTIONS
from sim.scenario import Scenario
from sim.scenario_files import TELLING


def test_the_schema_mentions_every_field_of_every_part():
    schema = Scenario.model_json_schema()
    for model in models(Scenario):
        object_ = schema if model is Scenario else schema["$defs"][model.__name__]
        assert set(object_["properties"]) == set(model.model_fields)
        assert object_["additionalProperties"] is False
        required = {name for name, field in model.model_fields.items() if field.is_required()}
        assert set(object_.get("required", [])) == required


def models(model: type[BaseModel]) -> set[type[BaseModel]]:
    """A model and every model in it, distributions included."""
    found: set[type[BaseModel]] = set()
    waiting: list[Any] = [model]
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in found:
            found.add(kind)
            waiting.extend(field.annotation for field in kind.model_fields.values())
        waiting.extend(getattr(kind, "__args__", ()))
    return found


def test_every_reference_in_the_schema_leads_somewhere():
    schema = Scenario.model_json_schema()
    references = [each["$ref"] for each in objects(schema) if "$ref" in each]
    assert len(references) > 20
    assert all(reference.removeprefix("#/$defs/") in schema["$defs"] for reference in references)


def test_the_schema_says_how_a_distribution_and_a_fault_are_told():
    tagged = [
        each["discriminator"]
        for each in objects(Scenario.model_json_schema())
        if "discriminator" in each
    ]
    told = {name: [t for t in tagged if t["propertyName"] == name] for name in TELLING}
    assert sum(map(len, told.values())) == len(tagged)
    widest = {name: max((set(t["mapping"]) for t in told[name]), key=len) for name in TELLING}
    assert widest["distribution"] == set(DISTRIBUTIONS)
    assert {"partition", "clog", "crash"} < widest["fault"]


def objects(value: object) -> Iterator[dict[str, Any]]:
    """Every table in a JSON document."""
    if isinstance(value, dict):
        yield value
    for inner in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from objects(inner)
