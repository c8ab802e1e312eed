"""A bookshop that connects with Freehold: a small web application of its own, to be copied by whoever builds one.

It imports nothing of Freehold's. Run it with ``python -m portal.demo.bookshop CONFIG.json``; see ``__main__.py``.
"""
