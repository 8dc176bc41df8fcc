"""All that is remembered lives here: parquet shards, attempts, leases and records of studies.

The package reads and writes files below one location. It neither judges runs nor repairs files, and
knows neither statistics nor reports.
"""

from results.ledger.ledger import Ledger as Ledger
