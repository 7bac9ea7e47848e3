"""`tokenrace certify`: verdicts in a table, in words and as JSON."""

from __future__ import annotations

from sim.products import PRODUCTS
from sim.suite.modules import MODULES
from tests.cli.command import tokenrace


def test_every_product_has_a_line_and_each_verdict_is_from_a_run():
    answer = tokenrace("certify")
    lines = {line.split()[0]: line.split()[1:] for line in answer.out.splitlines() if line.strip()}
    assert answer.status == 0
    assert lines.keys() >= PRODUCTS.keys()
    assert answer.out.count("hydra_graceful") == 2  # what suites try, and what none does


def test_a_table_fits_a_terminal():
    assert max(map(len, tokenrace("certify").out.splitlines())) <= 80


def test_a_product_by_name_is_told_with_the_tests_own_names():
    words = tokenrace("certify", "okta", "hydra").out
    assert "FAILURE fapi2-security-profile-final-refresh-token" in words
    assert "PASS oidcc-codereuse" in words
    assert PRODUCTS["okta"].source in words


def test_json_has_what_was_set_seen_and_said():
    [product] = tokenrace("certify", "connect2id", "--json").json()["products"]
    assert product["settings"]["refresh_token"]["authorization_server.grace_s"] == 5.0
    verdict = product["verdicts"][0]
    assert (verdict["verdict"], verdict["accepted"]) == ("FAILURE", False)
    assert {verdict["test"] for verdict in product["verdicts"]} <= {m.name for m in MODULES}


def test_a_product_that_does_not_exist_is_one_line():
    answer = tokenrace("certify", "hydro")
    assert answer.status == 2
    said = "tokenrace: PRODUCT: 'hydro' does not exist (did you mean hydra?); one of keycloak, "
    assert answer.err.startswith(said)


def test_products_can_be_listed():
    listed = tokenrace("list", "products", "--json").json()["products"]
    assert [entry["name"] for entry in listed] == list(PRODUCTS)
