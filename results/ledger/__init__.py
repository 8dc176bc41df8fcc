"""What is remembered: parquet shards, leases, and the record of each study, below one location.

Reading and writing only: it neither judges runs nor repairs files, and knows neither statistics nor
reports.
"""

from results.ledger.ledger import Ledger as Ledger
