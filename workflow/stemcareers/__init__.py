"""From the raw export of a school survey to a report: one verb, one module."""
