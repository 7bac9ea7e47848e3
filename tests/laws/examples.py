"""For each law, tiny source trees that break it, and some that only look as if they did."""

from __future__ import annotations

from tests.laws import chance, protocol, rooms, shape
from tests.laws.violation import Law

#: law → files that break it, each with the line where it does.
BROKEN: list[tuple[Law, dict[str, str], str]] = [
    (
        protocol.the_protocol_knows_nothing_of_the_simulation,
        {"oauth_model/client.py": "import json\nfrom sim.clocks import Clock"},
        "oauth_model/client.py:2: imports sim.clocks.Clock",
    ),
    (
        protocol.the_protocol_knows_nothing_of_the_simulation,
        {"oauth_model/flows.py": "def run():\n    import simpy"},
        "oauth_model/flows.py:2: imports simpy",
    ),
    *(
        (
            protocol.the_protocol_is_handed_its_clock_and_its_names,
            {"oauth_model/grants/code.py": f"{statement}\n"},
            f"oauth_model/grants/code.py:1: {said}",
        )
        for statement, said in [
            ("import time", "imports time"),
            ("from datetime import datetime", "imports datetime.datetime"),
            ("import random as chance", "imports random"),
            ("from secrets import token_urlsafe", "imports secrets.token_urlsafe"),
            ("from uuid import uuid4", "imports uuid.uuid4"),
            ("from os import environ", "imports os.environ"),
            ("import socket", "imports socket"),
            ("import asyncio", "imports asyncio"),
            ("now = __import__('time').time()", "imports time"),
            ("text = open('keys.pem').read()", "calls open()"),
        ]
    ),
    (
        protocol.time_is_read_again_after_every_yield,
        {"oauth_model/a.py": "def f(self):\n    now = self._clock()\n    yield 1\n    check(now)"},
        "oauth_model/a.py:4: now was read",
    ),
    (
        protocol.time_is_read_again_after_every_yield,
        {
            "oauth_model/a.py": """
            def f(clock):
                now_s = int(clock())
                while True:
                    check(now_s)
                    yield 1
            """
        },
        "oauth_model/a.py:4: now_s was read",
    ),
    (
        protocol.keys_are_used_in_one_place,
        {"oauth_model/rsa_from_seed.py": "from cryptography.hazmat import primitives"},
        "oauth_model/rsa_from_seed.py:1: imports cryptography",
    ),
    (
        protocol.keys_are_used_in_one_place,
        {"sim/lab/panel.py": "def show():\n    import jwt"},
        "sim/lab/panel.py:2: imports jwt",
    ),
    (
        protocol.keys_are_used_in_one_place,
        {"oauth_model/jose_tools.py": "import joserfc"},
        "oauth_model/jose_tools.py:1: imports joserfc",
    ),
    (
        protocol.a_token_is_opaque_to_the_simulation,
        {"sim/world/network.py": "from oauth_model.jose import verify_jws"},
        "sim/world/network.py:1: imports oauth_model.jose.verify_jws",
    ),
    (
        rooms.simpy_only_in_the_world,
        {"sim/experiments.py": "import simpy"},
        "sim/experiments.py:1: imports simpy",
    ),
    (
        rooms.matplotlib_only_in_the_views,
        {"sim/theory.py": "def plot():\n    from matplotlib import pyplot"},
        "sim/theory.py:2: imports matplotlib.pyplot",
    ),
    (
        rooms.ipywidgets_only_in_the_lab,
        {"sim/views/slider.py": "import ipywidgets as widgets"},
        "sim/views/slider.py:1: imports ipywidgets",
    ),
    *(
        (
            rooms.what_reads_the_trace_knows_nothing_before_it,
            {path: f"import json\n{statement}"},
            f"{path}:2: imports",
        )
        for path, statement in [
            ("sim/checker.py", "from sim.scenario import Scenario"),
            ("sim/metrics.py", "from sim import clocks"),
            ("sim/views/layout.py", "from sim.world.network import Link"),
            ("sim/views/wire.py", "from ..choices import Seeded"),
            ("sim/properties/effects.py", "from oauth_model.flows import Perform"),
        ]
    ),
    *(
        (
            rooms.the_world_knows_nothing_after_the_trace,
            {"sim/world/recorder.py": statement},
            "sim/world/recorder.py:1: imports",
        )
        for statement in [
            "from sim.metrics import Tally",
            "from sim import checker",
            "from ..views import text",
            "from sim.experiments import replicate",
        ]
    ),
    (
        rooms.what_goes_into_a_run_knows_no_run,
        {"sim/scenario.py": "from sim.world.simulation import simulate"},
        "sim/scenario.py:1: imports sim.world.simulation.simulate",
    ),
    (
        rooms.the_trace_stands_alone,
        {"sim/trace.py": "from sim.clocks import US_PER_S"},
        "sim/trace.py:1: imports sim.clocks.US_PER_S",
    ),
    (
        rooms.only_joiners_join_the_halves,
        {"sim/shortcut.py": "from sim.trace import Trace"},
        "sim/shortcut.py:1: stands in no room",
    ),
    (
        rooms.only_joiners_join_the_halves,
        {"sim/views/report.py": "from sim.exploration import explore"},
        "sim/views/report.py:1: imports sim.exploration.explore",
    ),
    *(
        (
            chance.only_choices_makes_generators,
            {"sim/world/workload.py": f"{statement}\n"},
            "sim/world/workload.py:1: ",
        )
        for statement in [
            "import random",
            "from random import random",
            "import numpy.random",
            "from numpy.random import default_rng",
            "generator = Random(7)",
            "generator = np.random.default_rng(7)",
            "seed = os.urandom(8)",
            "name = __import__('uuid').uuid4()",
        ]
    ),
    (
        chance.a_draw_is_from_the_generator_that_was_handed_in,
        {"sim/world/network.py": "def lost(link):\n    return link.random.random() < 0.5"},
        "sim/world/network.py:2: draws link.random.random()",
    ),
    (
        chance.a_draw_is_from_the_generator_that_was_handed_in,
        {"sim/world/faults.py": "def late(cut):\n    return random.expovariate(1)"},
        "sim/world/faults.py:2: draws random.expovariate()",
    ),
    (
        chance.nothing_depends_on_hash,
        {"sim/world/balancer.py": "def route(token):\n    return hash(token) % 2"},
        "sim/world/balancer.py:2: hash(token)",
    ),
    (
        chance.nobody_looks_at_the_wall_clock,
        {"sim/experiments.py": "from time import perf_counter"},
        "sim/experiments.py:1: imports time.perf_counter",
    ),
    (
        chance.nobody_looks_at_the_wall_clock,
        {"sim/views/report.py": "def made():\n    return datetime.datetime.now()"},
        "sim/views/report.py:2: reads datetime.datetime.now()",
    ),
    *(
        (
            chance.simulation_time_is_whole_microseconds,
            {"sim/world/timed.py": f"{statement}\n"},
            "sim/world/timed.py:1: ",
        )
        for statement in [
            "delay_us = duration_ms / 1000",
            "self.deadline_us = now_us + 0.5",
            "at = Row(kind, t_us=now_us / 2)",
            "a_us, b_us = 0, total_us / 2",
            "now_us += 1e3",
        ]
    ),
    (
        shape.no_import_cycles,
        {
            "sim/a.py": "from sim import b",
            "sim/b.py": "import sim.c",
            "sim/c.py": "from .a import x",
        },
        "import cycle: sim.",
    ),
    (
        shape.no_import_cycles,  # a module of a package that needs what the package gathers
        {
            "sim/rooms/__init__.py": "from sim.rooms import a",
            "sim/rooms/a.py": "from sim.rooms import b",
        },
        "import cycle: sim.rooms",
    ),
    (
        shape.heavy_libraries_are_imported_where_they_are_used,
        {"sim/statistics.py": "import json\nimport numpy as np"},
        "sim/statistics.py:2: imports numpy",
    ),
    (
        shape.a_file_has_300_lines_at_most,
        {"sim/clocks.py": "#\n" * 301},
        "sim/clocks.py:301: 301 lines",
    ),
    (
        shape.a_function_has_40_lines_at_most,
        {"sim/clocks.py": "class A:\n    def f(self):\n" + "        pass\n" * 40},
        "sim/clocks.py:2: f has 41 lines",
    ),
    *(
        (shape.everything_public_explains_itself, {"sim/a.py": source}, f"sim/a.py:{where}")
        for source, where in [
            ("x = 1", "1: sim.a has no docstring"),
            ('"""A."""\ndef f(): ...', "2: sim.a.f has no docstring"),
            ('"""A."""\nclass C: ...', "2: sim.a.C has no docstring"),
            (
                '"""A."""\nclass C:\n    """C."""\n    def m(self): ...',
                "4: sim.a.C.m has no docstring",
            ),
        ]
    ),
    (
        shape.inheritance_is_one_deep,
        {
            "sim/a.py": "class A: ...\nclass B(A): ...",
            "sim/__init__.py": "from sim.a import B as Base",
            "sim/c.py": "from sim import Base\nclass C(Base): ...",
        },
        "sim/c.py:2: sim.c.C derives from sim.a.B, and that from sim.a.A",
    ),
    (
        shape.no_file_is_dead,
        {
            "pyproject.toml": '[project.scripts]\ntokenrace = "sim.cli:main"',
            "sim/cli.py": "from sim.trace import Trace",
            "sim/trace.py": "",
            "sim/a.py": "import sim.b",
            "sim/b.py": "import sim.a",
        },
        "sim/a.py:1: nothing that anybody starts imports it",
    ),
]

#: law → files that look like breaking it and do not.
KEPT: list[tuple[Law, dict[str, str]]] = [
    (
        protocol.the_protocol_is_handed_its_clock_and_its_names,
        {"oauth_model/asgi.py": "import asyncio", "oauth_model/jose/text.py": "import hashlib"},
    ),
    (
        protocol.time_is_read_again_after_every_yield,
        {
            "oauth_model/a.py": """
            def f(self):
                expires_at_s = self.clock() + 60
                now_s = self.clock()
                yield Use(now_s)
                now_s = self.clock()
                return now_s, expires_at_s
            """
        },
    ),
    (
        protocol.keys_are_used_in_one_place,
        {
            "oauth_model/jose/__init__.py": "import jwt, cryptography",
            "oauth_model/jose/jwe.py": "import joserfc",
        },
    ),
    (
        protocol.a_token_is_opaque_to_the_simulation,
        {"sim/a.py": "from oauth_model.jose import Keys"},
    ),
    (
        rooms.what_reads_the_trace_knows_nothing_before_it,
        {"sim/metrics.py": "import sim.trace\nfrom sim.statistics import wilson"},
    ),
    (
        rooms.only_joiners_join_the_halves,
        {"sim/witness.py": "from sim import checker, world", "sim/cli.py": "import sim.witness"},
    ),
    (
        chance.only_choices_makes_generators,
        {
            "sim/choices.py": "from random import Random\nmade = Random(seed)",
            "sim/distributions.py": "from random import Random",
        },
    ),
    (
        chance.a_draw_is_from_the_generator_that_was_handed_in,
        {"sim/a.py": "def f(mean):\n    return lambda random: mean * random.random()"},
    ),
    (chance.nobody_looks_at_the_wall_clock, {"sim/benchmark.py": "from time import perf_counter"}),
    (
        chance.simulation_time_is_whole_microseconds,
        {"sim/world/a.py": "delay_us = round(ms / 3)\nshare = a_us / b_us\nf(at_us=int(1.5))"},
    ),
    (
        shape.no_import_cycles,
        {
            "sim/a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import sim.b",
            "sim/b.py": "import sim.a\nfrom sim.c import x",
            "sim/c.py": "def f():\n    import sim.b",
        },
    ),
    (
        shape.heavy_libraries_are_imported_where_they_are_used,
        {"sim/a.py": "def f():\n    import numpy\nif TYPE_CHECKING:\n    import pandas"},
    ),
    (shape.a_file_has_300_lines_at_most, {"sim/a.py": "#\n" * 300}),
    (
        shape.a_function_has_40_lines_at_most,
        {"sim/a.py": 'def f():\n    """\n' + "\n" * 9 + '    """\n' + "    pass\n" * 39},
    ),
    (
        shape.everything_public_explains_itself,
        {
            "sim/__init__.py": "",
            "sim/a.py": '"""A."""\ndef _f(): ...\nclass _C:\n    def m(self): ...',
        },
    ),
    (
        shape.inheritance_is_one_deep,
        {"sim/a.py": "import abc\nclass A(Exception): ...\nclass B(A, abc.ABC): ..."},
    ),
]
