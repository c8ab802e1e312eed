"""How other houses' files of orders are read: a module a house, each a table of their fields beside ours. Pure."""
