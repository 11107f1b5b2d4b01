"""The posting protocol: a pure core and the driver that carries out what it says."""
