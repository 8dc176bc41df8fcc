"""What is trained: study files, the commands, and what binds a study to data, seeds and cells.

`definition` and `catalogue` say what a study is, `request` binds one to its data, `execution`
trains it. Only `execution` may import ray.
"""

from study.command_line.hidden import require_not_hidden

require_not_hidden()
