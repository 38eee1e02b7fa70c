"""Measurements, each beside what bounds it, in one run on one machine: only the ratios travel."""
