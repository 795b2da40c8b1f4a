"""Confined children: processes in which files and statements of users are worked on.

A crafted file can crash a parser or eat memory, so parsers never run in a process that serves
people. A child has no network and no settings, sees the files it was given, is bound in memory and
time and dies with whoever started it. It is forked from a *nursery*, a process that has loaded what
the work needs and nothing else (``nurseries``, ``nursery``), or by a command from itself; it lives as
``life`` says, and ``asking`` is the other end of its line.
"""
