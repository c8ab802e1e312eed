"""Files that people attach: looked into before they are kept, sealed in pieces, and given back as downloads alone."""
