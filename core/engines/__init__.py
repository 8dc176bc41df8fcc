"""Engines compute networks: what a forward pass, a gradient and a step cost is theirs to decide.

They know the network (`core.unet`) and nothing of runs, data, studies or Ray.
"""
