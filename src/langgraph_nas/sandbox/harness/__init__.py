"""The inside of a sandbox: torch, numpy and the standard library, nothing of ours.

`__main__.py` loads this folder as the package `nas_harness`, so that it needs no place on
`sys.path`. The host imports `frames` (the wire format, standard library only) from here.
"""
