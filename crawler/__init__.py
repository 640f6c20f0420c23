"""The portals' half: network in, archive out. Nothing here interprets a figure."""
