"""guarantees: what each strategy keeps of its promise under which faults, within printed bounds."""

from sim.guarantees.models import MODELS
from sim.guarantees.table import Cell, cell, guarantees

__all__ = ["MODELS", "Cell", "cell", "guarantees"]
