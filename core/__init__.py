"""One run: its configuration, network, training and outcome.

A run is a frozen `core.config.RunConfig`; `core.training.trainer` trains it without any executor,
`core.run_row` turns the finished trainer into the ledger's row, and `core.trainable` is the only
module here that knows Ray. Nothing here knows what a study is.
"""
