"""Tests of the recipe: python3 -m unittest, from model/training; no corpora, no network."""
