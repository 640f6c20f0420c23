"""The figures' half: archive in, SQLite out. Nothing here touches the network."""
