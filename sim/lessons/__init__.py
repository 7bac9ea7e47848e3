"""The exercises of the course: each is a checker that says what an answer reaches and what not.

Rule: a checker decides nothing about tokens. It runs an answer in worlds of the simulator, sound
ones and broken ones, and says in one stable text which aims were met.
"""
