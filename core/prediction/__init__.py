"""What `study predict` needs beside the network: the run, warnings, stacks."""
