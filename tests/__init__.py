"""The tests. A package, or the folder `tests` that some libraries install (Ciw) would hide it."""
