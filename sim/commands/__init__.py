"""The commands of `tokenrace`, a small file for each group.

Rule: a command reads its options, calls what does the work, and prints. What it needs it imports
when it runs: help is there at once.
"""
