"""Tests of the recipe: python3 -m unittest discover -s tests -t . from model/training; no corpora, no network."""
