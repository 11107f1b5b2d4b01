"""Kontur's contract from memory, for benchmarks: it believes what it is sent, and costs next to nothing.

Its rules, its books on disk, its faults and its access are those of :mod:`sandbox.kontur`, which judges what we post.
"""
