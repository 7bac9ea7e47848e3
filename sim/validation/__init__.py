"""Validation: theory, paper and simulation side by side, by experiments with a name.

Rule: what is simulated runs in the world of every other run; a theory is never computed from it.
"""
