"""The ledger, under its earlier name."""

from oauth_model.ledger import Ledger

__all__ = ["Ledger"]
