"""The recipe that makes Hearsay's weights.  README.md, one folder up, says how to run it."""
