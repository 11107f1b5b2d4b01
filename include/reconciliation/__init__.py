"""Shop, ledger and books compared, to the kopeck: pure, without a clock, a database or a network.

``sides`` says what each of the three knows of an order, ``comparing`` makes differences of it, ``strays`` looks at what
stands in Kontur and is not ours, ``figures`` adds up, ``batches`` puts them together batch by batch.
"""
