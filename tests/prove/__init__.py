"""The big ones: what `make prove` runs at full size, and the report it writes."""
