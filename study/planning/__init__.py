"""What a request will take before it is trained: runs that are there, seconds, seeds, feasibility.

Sequential sampling (`until`) is here too: it plans round after round. Nothing here imports ray.
"""
