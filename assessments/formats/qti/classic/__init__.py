"""QTI 1.2 in the dialects of Canvas, Blackboard and Common Cartridge."""
