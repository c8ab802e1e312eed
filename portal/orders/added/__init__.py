"""Orders that a customer added: their own notes of what they bought elsewhere. No company writes or reads them."""
