"""What whoever runs Homeward does with one that runs: see what is lost, repair it, back it up, restore it."""
