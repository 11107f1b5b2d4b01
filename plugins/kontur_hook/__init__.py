"""All that knows Kontur.Accounting: the hook, its authentication, the contract, the errors."""
