"""A Dask cluster: workers of their own over TCP give what one process gives, even when one dies."""

import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sim.sweeps import SweepError
from sim.sweeps.executors import connected
from tests.cli.command import tokenrace
from tests.sweeps.scenes import OWN, files, quick, told

#: A strategy whose first presentation anywhere is the end of the process that it happens in.
DEADLY = OWN.replace(
    "        answer =",
    """        import os, signal
        try:
            os.close(os.open({mark!r}, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            pass
        else:
            os.kill(os.getpid(), signal.SIGKILL)
        answer =""",
)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two worker processes and a scheduler, on loopback."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        protocol="tcp",
        host="127.0.0.1",
        dashboard_address=None,
    ) as cluster:
        yield cluster


@pytest.fixture
def client(cluster) -> Iterator[Any]:
    with connected(cluster.scheduler_address) as client:
        yield client


def test_workers_over_tcp_give_what_one_process_gives(cluster, client):
    assert cluster.scheduler_address.startswith("tcp://")
    asked = (3, ["per_replica", "shared_atomic"])
    assert told(quick(*asked, client=client)) == told(quick(*asked))


def test_a_worker_that_is_killed_midway_changes_nothing(client, tmp_path):
    before = set(client.scheduler_info()["workers"])
    exec(DEADLY.format(mark=str(tmp_path / "mark")), {"__name__": "__main__"})
    asked = (3, ["mine", "shared_atomic"])
    found = quick(*asked, client=client, cache=tmp_path / "cache")
    assert (tmp_path / "mark").exists()
    assert set(client.scheduler_info()["workers"]) != before
    assert told(found) == told(quick(*asked))
    assert len(files(tmp_path / "cache")) == found.made == 12


def own_are_left() -> bool:
    """Whether anything is registered in a worker, beside what is in the project."""
    from sim.sweeps.code import own_classes

    return any(own_classes())


def test_two_strategies_of_one_name_are_told_apart_by_the_workers(client):
    seen = []
    for store in ("SHARED", "LOCAL"):
        exec(OWN.replace("SHARED", store), {"__name__": "__main__"})
        seen.append(told(quick(2, ["mine"], client=client)))
        assert seen[-1] == told(quick(2, ["mine"]))
    assert seen[0] != seen[1]
    assert set(client.run(own_are_left).values()) == {False}


ASKED = (
    *("sweep", "two-regions-payment", "--set", "workload.intentions=6", "--json"),
    *("--vary", "client.retries=0,2", "--replications", 2, "--no-cache"),
)


def test_the_command_takes_the_address_of_a_scheduler(cluster):
    by_dask = tokenrace(*ASKED, "--dask", cluster.scheduler_address)
    assert (by_dask.status, by_dask.err) == (0, "")
    assert by_dask.out == tokenrace(*ASKED).out


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:1", "nothing://x", "127.0.0.1:99999", "nowhere"]
)
def test_an_address_where_nobody_answers_is_one_line(address, monkeypatch):
    """And there is no client then, which would complain at the end of the process."""
    monkeypatch.setattr("sim.sweeps.executors.PATIENCE_S", 0.2)
    monkeypatch.setattr("distributed.Client", None)
    answer = tokenrace(*ASKED, "--dask", address)
    assert (answer.status, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert answer.err.startswith(f"tokenrace: --dask {address}: no scheduler answers there (")
    assert answer.err.endswith("; write it as tcp://HOST:PORT\n")


@pytest.mark.parametrize(
    "words", [b"", b"SSH-2.0-host\r\n", bytes(64)], ids=["none", "ssh", "zeros"]
)
def test_a_server_of_another_kind_is_one_line_too(words, monkeypatch):
    monkeypatch.setattr("sim.sweeps.executors.PATIENCE_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as other:
        heard = other.submit(server.accept)
        heard.add_done_callback(lambda done: done.result()[0].sendall(words))
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(SweepError, match="listens there does not speak as Dask does"):
            connected(address).__enter__()
        heard.result()[0].close()


def test_without_dask_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SweepError, match=r"needs distributed; pip install 'tokenrace\[dask\]'"):
        connected("tcp://127.0.0.1:8786").__enter__()
