"""The hot paths measured beside what people would use otherwise: ``python -m tests.bench``.

Figures of one machine on one day; the ratios are what is worth comparing.
"""
