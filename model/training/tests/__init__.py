"""Tests of the recipe, from model/training: python3 -m unittest discover -s tests -t .

No corpora, no network."""
