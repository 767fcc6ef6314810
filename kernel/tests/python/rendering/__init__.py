"""What the tests of rendered notebooks share."""
