"""The reading room: pages drawn from nianbao.db, where each figure leads to the cell of the archived original it was read from."""
