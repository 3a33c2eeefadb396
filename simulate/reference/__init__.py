"""Human data: what was measured on people, with source, licence, n and cleaning rule."""

from simulate.reference.file import Measured, ReferenceFile, read, save
from simulate.reference.home import home
from simulate.reference.reference import Reference
from simulate.reference.registry import load, names, open_reference
from simulate.reference.variable import Variable

__all__ = [
    "Measured",
    "Reference",
    "ReferenceFile",
    "Variable",
    "home",
    "load",
    "names",
    "open_reference",
    "read",
    "save",
]
