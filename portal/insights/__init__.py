"""What a company's own figures say: computed from what happened, never typed in, and the same for both sides."""
