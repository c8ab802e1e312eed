"""What companies' machines talk to: HTTP alone, one file a resource; every decision is made in portal's rooms."""
