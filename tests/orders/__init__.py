"""Orders: what companies tell, what their customer says of it, and what others then see."""
