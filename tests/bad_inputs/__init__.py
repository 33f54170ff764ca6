"""Bad inputs: what is done to a good export, a good answer or a good config file, and what must come of it.

`fieldings` writes one survey in the format of every reader; `exports`, `answers`, `waves` and `settings` are tables of
what is done to it. `test_bad_inputs.py` runs them all, and holds them to the rows they belong to (I2, S13, ...).
"""
