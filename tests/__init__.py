"""The suite: one folder a room, journeys in a browser, the rules of the house, the big proofs."""
