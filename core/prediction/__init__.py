"""What `study predict` needs beside the network: which run is meant, and stacks written whole."""
