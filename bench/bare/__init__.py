"""What every figure is compared with: a page that does nothing, through production's whole middleware, of the same size."""
