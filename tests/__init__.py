"""The tests. Each folder is a package, so that what its files share is stopped when its last test is over."""
