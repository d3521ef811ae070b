"""One question → one item of QTI 2.2 or 3.0."""
