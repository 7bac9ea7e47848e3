"""Draws with different causes are different draws: what is keyed alike would come out alike."""

from __future__ import annotations

from collections import Counter
from typing import Any

from oauth_model.flows import Flow, Note, Start, Wait
from sim.choices import Seeded
from sim.clocks import Clock
from sim.trace import Row, Trace
from sim.world.jobs import Job
from sim.world.node import Node
from sim.world.recorder import Recorder
from sim.world.timed import Timed
from sim.world.world import World
from tests.world.worlds import constant, run, scenario

SERVERS = [
    {"name": name, "operations": {f"GET /{name}": name}} for name in ("email", "webdav", "voip")
]
EXPONENTIAL = {"distribution": "exponential", "mean_ms": 20}


def answers_lost(trace: Trace) -> Counter[int]:
    """How many of an intention's answers were lost → how many intentions."""
    lost = Counter(row.intention for row in trace.of("drop") if row.node == "payments-eu-1")
    return Counter(lost[intention] for intention in range(200))


def test_the_answers_to_both_copies_of_a_request_have_fates_of_their_own():
    doubled = {
        "network.access.duplicate_probability": 1.0,
        "network.access.response_loss_probability": 0.5,
        "workload.intentions": 200,
        "client.signed_in": True,
    }
    trace = run({"strategy": "no_check"} | doubled)
    assert answers_lost(trace)[1] > 20


def test_what_is_found_in_one_servers_log_says_nothing_about_anothers():
    fields = {"servers": SERVERS, "story": "consent_then_call_all", "workload.intentions": 100}
    trace = run(fields | {"thief": {"region": "eu", "probability": 0.5}})
    stolen = {(r.intention, r.detail["server"]) for r in trace.of("respond") if r.actor == "thief"}
    servers = Counter(intention for intention, _ in stolen)
    assert {1, 2, 3} <= set(servers.values())


def test_round_robin_does_not_send_the_thief_to_the_replica_that_served_the_client():
    replicas = [{**SERVERS[0], "replicas": ["eu", "eu", "eu"]}]
    fields = {"servers": replicas, "strategy": "per_replica", "workload.intentions": 100}
    trace = run(fields | {"thief.probability": 1.0, "balancer.policy": "round_robin"})
    paid = [row for row in trace.of("effect") if row.actor == "thief"]
    assert 40 < len(paid) < 95


def delays(**fields: Any) -> dict[tuple[Any, ...], int]:
    """The delay of every message that arrived as its first copy, by its cause."""
    trace = run(
        {
            "workload.intentions": 50,
            "network.access.latency": EXPONENTIAL,
            "client.timeout_ms": 1e6,
        }
        | {name.replace("__", "."): value for name, value in fields.items()}
    )
    sent = {row.message: row for row in trace.of("send")}
    found: dict[tuple[Any, ...], int] = {}
    for row in trace.of("deliver"):
        start: Row = sent[row.message]
        if not row.detail["copy"]:
            cause = (row.intention, row.actor, row.attempt, start.node, start.peer)
            found.setdefault((*cause, start.detail["label"]), row.t_us - start.t_us)
    return found


def test_switching_duplication_and_reordering_on_delays_nothing_else():
    plain = delays()
    rare = {"network__access__duplicate_probability": 1e-9}
    assert delays(**rare) == plain
    assert delays(**rare, network__access__reorder_probability=1e-9) == plain
    assert delays(seed=1) != plain


def test_background_flows_of_background_flows_draw_for_themselves():
    env = Timed()
    world = World(scenario({}), env, Seeded(1), Recorder(env, lambda row: None, full=False))
    seen: list[int] = []
    world.handlers[Note] = lambda job, note: seen.append(env.now_us)

    def waits(*inner: Flow[None]) -> Flow[None]:
        for flow in inner:
            yield Start(flow)
        yield Wait(1.0, jitter=True)
        yield Note("seen", {})

    flow = waits(waits(waits()), waits(waits(waits()), waits()))
    node = Node(env, "payments-eu-1", "rs", "payments", "eu", Clock())
    job = Job(world, node, flow, lambda job, result: None, 0, "client")
    answering: Any = object()
    job.request = answering  # a server's: its background flows share the attempt it answers
    job.resume(None)
    env.run(until=2_000_000)
    assert len(seen) == len(set(seen)) == 7


def test_what_never_began_and_what_was_only_cut_off_are_told_apart():
    fields = {"workload.intentions": 10, "workload.gap": constant(1000), "duration_s": 3.5}
    trace = run(fields)
    total = trace.of("total")[0].detail
    assert (total["begun"], total["intentions"]) == (3, 10)
    assert not any(row.detail.get("cut_off") for row in trace.of("outcome"))
    (cut,) = run({"workload.intentions": 1, "duration_s": 0.015}).of("outcome")
    assert cut.detail["cut_off"] is True
