"""What `make prove` runs: the promise held against simulations, real kills and living shops, at length."""
