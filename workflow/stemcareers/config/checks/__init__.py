"""Hold a study's files against each other, one module for each kind of file.

Every check takes a draft: entries may be missing or lack keys. A check says what surely is wrong, never what merely
follows from a fault that another sentence tells.
"""
