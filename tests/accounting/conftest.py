from __future__ import annotations

from hypothesis import settings

# How long an example takes says how busy the machine is, and nothing of the rules.
settings.register_profile("accounting", deadline=None)
settings.load_profile("accounting")
