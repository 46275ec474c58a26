"""Whole programs while everything breaks, and the proof afterwards that nothing was lost and nobody."""
