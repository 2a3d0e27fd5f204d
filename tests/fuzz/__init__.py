"""Whatever arrives from outside, as bytes nobody meant: targets, the corpus that is kept, and the long runs."""
