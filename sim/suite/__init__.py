"""What conformance suites try with things that are good once, run against a scenario.

`modules`: the tests, by the names that the suites give them, and what each makes of what it saw.
`reuse`: what they do, `tester`: as whom, `running`: how that is run. `certify`: all of them, for
products.
"""
