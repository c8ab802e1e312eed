"""What an operator watches the house by: its journal, whether it is well, figures, and the doctor. Part of the roof."""
