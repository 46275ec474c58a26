"""Changes to a good protocol, each of which makes it contradict itself."""
