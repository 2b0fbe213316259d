"""All augmentations; every module of this package is loaded."""

from engine.discovery import load_modules

load_modules(__name__, __path__)
