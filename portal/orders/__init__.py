"""Orders: what companies say a person bought, and the person's own word on each line of it."""
