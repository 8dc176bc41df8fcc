"""Benchmarks, simulations and downloads: commands beside the main ones."""
