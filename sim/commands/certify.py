"""`tokenrace certify`: what conformance suites say to products that let things be used twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from sim.commands.options import Json, known
from sim.commands.output import print_json, styled, terminal

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from sim.suite.certify import Judged

TRIED, UNTRIED = "What conformance suites say", "What no suite tries"
#: title → what its signs and columns mean.
TABLES = {
    TRIED: (
        "✔ passes, ! warning, which does not stand in the way of a certificate, ✘ failure, ? could "
        "not be tried, – not known of this product. Code: redeemed again after so long (1 s: FAPI, "
        "else OpenID Connect). Proof: sent again, and off by an hour. PAR: request_uri used again "
        "after it brought a code, and before, which should succeed. Refresh: the token of before, "
        "30 s after its rotation, has to work."
    ),
    UNTRIED: (
        "At once: two requests that do not wait for each other. Of two refreshes both should be "
        "served, and the user stay signed in. Long ago: a token of two generations before, which "
        "nobody honest still has."
    ),
}
#: verdict → a sign and a colour; the sign alone says enough.
SIGNS = {
    "PASS": ("✔", "green"),
    "WARNING": ("!", "yellow"),
    "FAILURE": ("✘", "red"),
    "NOT TRIED": ("?", "yellow"),
}


def certify(
    products: Annotated[
        list[str] | None,
        typer.Argument(metavar="PRODUCT", help="Which products; all, briefly, when left out."),
    ] = None,
    json: Json = False,
) -> None:
    """What conformance suites say to products, by their settings; each verdict is from a run."""
    from sim.products import PRODUCTS
    from sim.suite.certify import certify_all

    known("PRODUCT", products or [], PRODUCTS)
    found = certify_all(dict.fromkeys(products or PRODUCTS))
    if json:
        print_json({"products": [_entry(name, judged) for name, judged in found.items()]})
        return
    console = terminal()
    if not products:
        for title in TABLES:
            console.print(_overview(found, title))
        return
    for name, judged in found.items():
        _show(console, name, judged)


def _entry(name: str, judged: Sequence[Judged]) -> dict[str, object]:
    from sim.products import PRODUCTS

    product, verdicts = PRODUCTS[name], [each.to_json() for each in judged]
    said = {"name": name, "says": product.says, "source": product.source}
    return said | {"settings": dict(product.settings), "verdicts": verdicts}


def _overview(found: dict[str, list[Judged]], title: str) -> Table:
    """A product a line, a module a column; of two that say the same, one."""
    from sim.commands.tables import plain_table
    from sim.suite.modules import MODULES, NONE

    table = plain_table(title)
    table.caption, table.caption_justify = TABLES[title], "left"
    table.add_column("product", no_wrap=True)
    columns = {m.short: m.name for m in MODULES if (m.profile == NONE) == (title == UNTRIED)}
    for short in columns:
        table.add_column(short, justify="center", no_wrap=True)
    for name, judged in found.items():
        said = {each.module.name: _sign(each.verdict) for each in judged}
        if said.keys() & columns.values():
            table.add_row(name, *(said.get(module, "–") for module in columns.values()))
    return table


def _sign(verdict: str) -> Text:
    return styled(SIGNS[verdict])


def _show(console: Console, name: str, judged: Sequence[Judged]) -> None:
    """What is known of a product, and each verdict with the test's own name."""
    from rich.padding import Padding

    from sim.products import PRODUCTS

    product = PRODUCTS[name]
    console.print(styled((name, "cyan"), f": {product.says}"))
    console.print(product.source, style="dim")
    for each in judged:
        verdict, module = each.verdict, each.module
        console.print(styled(_sign(verdict), " ", (verdict, "bold"), f" {module.name}"))
        about = styled(f"{module.says} ", (f"({module.clause})", "dim"))
        console.print(Padding(about, (0, 0, 0, 4), expand=False))
    console.print()
