"""A queue in Ciw: what another simulator takes for a customer who comes, waits and is served."""

from __future__ import annotations

import ciw


def simulation() -> ciw.Simulation:
    """An M/M/1 queue at a load of 0.8; its `simulate_until_max_customers(count)` runs it."""
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=0.8)],
        service_distributions=[ciw.dists.Exponential(rate=1.0)],
        number_of_servers=[1],
    )
    ciw.seed(1)
    return ciw.Simulation(network)
